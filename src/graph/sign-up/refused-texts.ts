import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { type Assumption, type Folded, foldValue } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { textValue } from '../binding/questions/text-value.ts';
import type { EntityOf } from '../entities/index.ts';
import { ownColumn } from '../own-column.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { knownOfRow } from '../query-shapes/known-row.ts';
import { eachStatement, raisesError } from '../query-shapes/pl-statements.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import { triedInserts } from '../routines/certain-inserts.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { userWith } from './refused-sign-ups.ts';
import { isOfUsers } from './sign-up-triggers.ts';

type Column = EntityOf<'column'>;

/** What keeps a text out of a column: varchar(n), or a CHECK. */
export type TextLimit =
  | { readonly kind: 'length'; readonly most: number }
  | { readonly kind: 'check'; readonly check: EntityOf<'checkConstraint'> };

/** Users whom a trigger on auth.users refuses, since a column does not take the text that it makes for them. */
export interface RefusedText {
  readonly function: EntityOf<'function'>;
  readonly statement: PlStatement;
  readonly column: Column;
  readonly set: SetColumn;
  readonly limit: TextLimit;
  /** What was to be put there. */
  readonly value: string;
  /** Their address; null where it rests on what they send. */
  readonly address: string | null;
  /** The keys of raw_user_meta_data under which so long a text is refused. */
  readonly keys: readonly string[];
}

const USUAL = 'annemarie@example.com';
const ADDRESSES = ['al@example.com', 'maximiliane.von-und-zu-oberpfaffenhofen@example.com'] as const;
/** So many characters are sent. */
export const SENT_LENGTH = 100;
const FEW = 8;

function letters(count: number): string {
  return 'a'.repeat(count);
}

/**
 * Each column once. Tried with addresses that are short or long before the @, and with a long text for whatever is sent: what is refused is what one user in between
 * gets. Only where each run comes to the INSERT, outside of handlers, where nothing in the body refuses users itself and no trigger changes the column.
 */
export function refusedTexts(graph: SchemaGraph, trigger: EntityOf<'trigger'>): readonly RefusedText[] {
  const routine = trigger.function === null ? undefined : graph.find(trigger.function);
  if (!isOfUsers(graph, trigger) || !trigger.events.includes('insert')) return [];
  if (routine?.kind !== 'function' || !isUsersOwn(graph, routine) || graph.isDoubtful(routine, ['functions']))
    return [];
  const shape = routineShape(graph, routine);
  const { block } = shape;
  if (block === null || !shape.isWhole) return [];
  if ([...eachStatement([block])].some(({ statement }) => raisesError(statement))) return [];
  const asked = new Set<string>();
  const ask = (address: string, sent: (key: string) => Folded) => made(graph, trigger, shape, address, sent);
  const usual = ask(USUAL, (key) => {
    asked.add(key);
    return null;
  });
  const found = new Map<Column, RefusedText>();
  const add = (texts: readonly MadeText[], taken: readonly MadeText[], address: string | null, key: string | null) => {
    for (const { column, set, statement, value } of texts) {
      const other = taken.find((each) => each.set === set);
      const limit = limitOf(graph, column, value);
      if (
        value === null ||
        limit === undefined ||
        other === undefined ||
        limitOf(graph, column, other.value) !== undefined
      )
        continue;
      const known = found.get(column);
      const keys = [...(known?.keys ?? []), ...(key === null ? [] : [key])];
      if (known === undefined || known.address === null)
        found.set(column, { function: routine, statement, column, set, limit, value, address, keys });
    }
  };
  for (const address of ADDRESSES)
    add(
      ask(address, () => null),
      usual,
      address,
      null,
    );
  for (const key of asked) {
    const sending = (text: string) => ask(USUAL, (each) => (each === key ? text : null));
    // What a list of values refuses is not too long.
    add(sending(letters(SENT_LENGTH)), sending(letters(FEW)), null, key);
  }
  return [...found.values()];
}

interface MadeText {
  readonly statement: PlStatement;
  readonly column: Column;
  readonly set: SetColumn;
  /** Null for NULL. */
  readonly value: string | null;
}

/** The texts that each run puts into columns for such a user. */
function made(
  graph: SchemaGraph,
  { when }: EntityOf<'trigger'>,
  shape: ReturnType<typeof routineShape>,
  address: string,
  sent: (key: string) => Folded,
): readonly MadeText[] {
  const known = knownOfRow(userWith(address, sent));
  const assume: Assumption = (node) => known(node, assume);
  if (when !== null && foldValue(when.tree, assume) !== true) return [];
  return certainRun(shape, known).reached.flatMap(({ statement, worthOf }) =>
    triedInserts(shape, statement).flatMap(({ into, sets }) => {
      const table = graph.find(into);
      if (table?.kind !== 'table' || table.isAssumed === true || !isUsersOwn(graph, table)) return [];
      if (graph.isDoubtful(table, ['existence', 'columns', 'constraints', 'triggers'])) return [];
      const changed = columnsSetByTriggers(graph, table.id, 'insert');
      if (changed.unknown.length > 0 || graph.ownedBy(into, 'rewriteRule').length > 0) return [];
      return sets.flatMap((set): readonly MadeText[] => {
        const column = set.column === null ? undefined : graph.get('column', set.column);
        if (column === undefined || set.value === null || anyNode(set.value, isCut)) return [];
        if (changed.sets.some((each) => each.column === column.id)) return [];
        const value = worthOf(set.value);
        return typeof value === 'string' || value === null ? [{ statement, column, set, value }] : [];
      });
    }),
  );
}

/** A cast to varchar(n) cuts the text off. */
function isCut(node: Node): boolean {
  return (fieldsOf(node, 'TypeCast')?.typeName?.typmods ?? []).length > 0;
}

/** What does not take the text; undefined where nothing is known to refuse it. */
function limitOf(graph: SchemaGraph, column: Column, value: string | null): TextLimit | undefined {
  if (value === null) return undefined;
  const { type, relation } = column;
  const most = type?.name.name === 'varchar' && !type.isArray ? Number(type.modifiers[0] ?? Number.NaN) : Number.NaN;
  if (value.trimEnd().length > most) return { kind: 'length', most };
  const check = graph.ownedBy(relation, 'checkConstraint').find(({ isEnforced, expression: { tree, ...binding } }) => {
    const within = { ...binding, tree };
    const assume: Assumption = (node) => {
      if (ownColumn(node, within) === column.id) return value;
      return matchOf(node, (part) => foldValue(part, assume)) ?? textValue(node, (part) => foldValue(part, assume));
    };
    return isEnforced && foldBoolean(tree, assume) === false;
  });
  return check && { kind: 'check', check };
}

/** Patterns that mean the same in both dialects: usual classes, letters and digits, how often, and groups of these. */
const ATOM = String.raw`(?:\[\^?(?:a-z|A-Z|0-9|[\w. @]|-(?=\]))+\]|[\w @-])(?:[+*?]|\{\d+(?:,\d*)?\})?`;
const PLAIN_PATTERN = new RegExp(String.raw`^\^?(?:${ATOM}|\((?:${ATOM})+\)(?:[+*?])?)*\$?$`);

/** `value ~ '^[a-z]{3,20}$'` */
function matchOf(node: Node, worthOf: (part: Node) => Folded): boolean | undefined {
  const { kind, name, lexpr, rexpr } = fieldsOf(node, 'A_Expr') ?? {};
  const operator = stringsOf(name).at(-1) ?? '';
  if (kind !== 'AEXPR_OP' || !/^!?~\*?$/.test(operator) || lexpr === undefined || rexpr === undefined) return undefined;
  const [text, pattern] = [worthOf(lexpr), worthOf(rexpr)];
  if (typeof text !== 'string' || typeof pattern !== 'string' || !PLAIN_PATTERN.test(pattern)) return undefined;
  const isMatch = new RegExp(pattern, operator.endsWith('*') ? 'i' : '').test(text);
  return operator.startsWith('!') ? !isMatch : isMatch;
}
