import { commentsOf } from '../../sql/comments.ts';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Statement } from '../journal.ts';
import { COLUMN_NAMES } from '../lexicon/column-names.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { UPDATED_COLUMNS } from '../nulls/expected-value.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import {
  functionsInUse,
  hasRowColumns,
  isWrittenByOther,
  rowColumns,
  type TriggerDeeds,
  triggerDeeds,
} from '../triggers/trigger-deeds.ts';
import { isUsersOwn } from '../users-own.ts';
import { bornBy } from './born-in.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** A trigger function for which no trigger was ever made. */
export interface IdleTriggerFunction extends TriggerDeeds {
  readonly isForNewUsers: boolean;
  /** It asks what happened, or what the row was before. */
  readonly asksForEvent: boolean;
  /** The only table of the user's that has the columns it names, where there is one. */
  readonly table: Table | undefined;
}

/**
 * Does no file make a trigger that calls it, nor anything else with its name in it, and would it do something that nothing in use does? What had a trigger
 * once, and lost it, lost it on purpose, or lostTriggers() tells of it.
 */
export function idleTriggerFunction(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  texts: ReadonlyMap<string, string>,
  called: Routine,
): IdleTriggerFunction | undefined {
  if (called.returns?.name.schema !== 'pg_catalog' || called.returns.name.name !== 'trigger') return undefined;
  if (!isUsersOwn(graph, called) || bornBy(journal, called.id) === undefined) return undefined;
  if (graph.dependents(called.id).some(({ kind }) => kind === 'trigger')) return undefined;
  const deeds = triggerDeeds(graph, called);
  if (deeds === undefined || isDoneByOthers(graph, called, deeds)) return undefined;
  // Where its tables were made outside of the files, its trigger may have been as well.
  if (deeds.writes.some(({ relation }) => isAssumedTable(graph, relation))) return undefined;
  if (isNamedElsewhere(statements, texts, called)) return undefined;
  const names = rowColumns(called);
  // Left over: whatever a trigger that calls it were on, it would fail with 42703 (one that asks TG_TABLE_NAME names columns of several tables).
  if ([...names].some((each) => !columnNames(graph).has(each))) return undefined;
  const users = graph.relation({ schema: 'auth', name: 'users' });
  const isForNewUsers =
    users?.kind === 'table' &&
    hasRowColumns(graph, users, called) &&
    (SIGN_UP_DATA.some((each) => names.has(each)) || /^handle_new_(?:auth_)?user$/.test(called.name.name));
  const fitting = graph.ofKind('table').filter((each) => isUsersOwn(graph, each) && hasRowColumns(graph, each, called));
  const isTelling = fitting.length === 1 && names.size > 1 && !isForNewUsers;
  const asksForEvent = /\b(?:tg_op|old)\b/i.test(called.body?.text ?? '');
  return { ...deeds, isForNewUsers, asksForEvent, table: isTelling ? fitting[0] : undefined };
}

function isAssumedTable(graph: SchemaGraph, id: EntityId): boolean {
  const table = graph.find(id);
  return table?.kind === 'table' && table.isAssumed === true;
}

const columnNames = askedOnce((graph): ReadonlySet<string> => {
  return new Set(graph.ofKind('column').map(({ name }) => name));
});

/** Columns of auth.users alone. */
const SIGN_UP_DATA = ['raw_user_meta_data', 'raw_app_meta_data'] as const;

/** Nothing is known of it but that it keeps a time (stale-updated-at asks for that), or a trigger in use does the same. */
function isDoneByOthers(graph: SchemaGraph, called: Routine, { writes, sets, refuses }: TriggerDeeds): boolean {
  if (writes.length > 0) return writes.some((each) => isWrittenByOther(graph, each, called));
  if (refuses) return false;
  const isOfTimes = sets.some((name) => isNamed(name, UPDATED_COLUMNS));
  const kept = sets.filter((name) => !isNamed(name, isOfTimes ? KEPT_TIMES : UPDATED_COLUMNS));
  if (kept.length === 0) return true;
  return functionsInUse(graph, called).some((other) => {
    const done = triggerDeeds(graph, other)?.sets ?? [];
    return kept.every((name) => done.includes(name));
  });
}

/** What such a function sets beside the time of change: when the row was made, to what it was. */
const KEPT_TIMES: NamePatterns = [...UPDATED_COLUMNS, ...COLUMN_NAMES.created];

/** What is said of a function without calling it. */
const ABOUT_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['CommentStmt', 'GrantStmt', 'AlterFunctionStmt', 'AlterOwnerStmt', 'AlterObjectSchemaStmt'],
]);

/** Does its name stand anywhere but where it is made, granted, commented on or dropped: in a trigger, a DO block, the text of an EXECUTE? */
function isNamedElsewhere(
  statements: readonly Statement[],
  texts: ReadonlyMap<string, string>,
  { name }: Routine,
): boolean {
  const known = new Map<string, SourceLocation[]>();
  for (const { kind, node, at, within } of statements) {
    if (within !== null || !(ABOUT_FUNCTIONS.has(kind) || isMakingOrDrop(node, name.name))) continue;
    const places = known.get(at.file) ?? [];
    known.set(at.file, places);
    places.push(at);
  }
  return [...texts].some(([file, text]) => {
    const found = placesOfWord(text, name.name);
    if (found.length === 0) return false;
    const passedOver = [...(known.get(file) ?? []), ...commentsOf(text)];
    return found.some((at) => !passedOver.some(({ start, end }) => start <= at && at < end));
  });
}

function isMakingOrDrop(node: Statement['node'], name: string): boolean {
  const made = fieldsOf(node, 'CreateFunctionStmt')?.funcname;
  return stringsOf(made).at(-1) === name || fieldsOf(node, 'DropStmt')?.removeType === 'OBJECT_FUNCTION';
}

/** Where the word stands, in either case. */
function placesOfWord(text: string, word: string): readonly number[] {
  const [within, sought] = [text.toLowerCase(), word.toLowerCase()];
  const found = [];
  for (let at = within.indexOf(sought); at !== -1; at = within.indexOf(sought, at + 1)) {
    const sides = [within[at - 1], within[at + sought.length]];
    if (!sides.some((each) => each !== undefined && /[\p{L}\p{N}_$]/u.test(each))) found.push(at);
  }
  return found;
}
