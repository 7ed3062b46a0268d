import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantText } from '../query-shapes/operand.ts';
import { eachStatement, mayAssign, mayLeave, raisesError } from '../query-shapes/pl-statements.ts';
import { openBranches, startsFor } from '../query-shapes/trigger-ways.ts';
import { bodyTree } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';

type Trigger = EntityOf<'trigger'>;

/** A trigger that keeps one marked row from being deleted, also together with the row that it hangs on. */
export interface RefusedCascade {
  readonly trigger: Trigger;
  readonly function: EntityOf<'function'>;
  readonly keys: readonly EntityOf<'foreignKey'>[];
  /** When it refuses, as written. */
  readonly condition: string;
}

/** The row that a parent has as long as there is the parent: its default, its first, one of the system's. */
const MARKS: NamePatterns = [
  ...['*_default', '*_system', '*_primary', '*_main', '*_builtin', '*_built_in', '*_owner', '*_root', '*_inbox'],
  ...['default', 'primary', 'builtin', 'built_in'],
];
const KINDS = /^(?:default|system|primary|main|builtin|built_in|owner|root|inbox|general|everyone)$/i;
/** The one row that is known by its name. */
const OWN_NAMES: NamePatterns = ['name', 'title', 'slug'];

/**
 * The BEFORE DELETE triggers that raise an error for a row that is marked as the one its parent always has, and ask nothing else: not whether the parent
 * goes as well, who deletes, or how deep in triggers that is; so that ON DELETE CASCADE fails by them.
 */
export const refusedCascades = askedOnce((graph: SchemaGraph, table: EntityOf<'table'>): readonly RefusedCascade[] => {
  const keys = graph
    .ownedBy(table.id, 'foreignKey')
    .filter((each) => each.onDelete === 'cascade' && each.isEnforced && each.referencedTable !== table.id)
    .filter((each) => !surelyRefused(graph, each.referencedTable).has('delete') && each.parent === null);
  if (keys.length === 0 || surelyRefused(graph, table.id).has('delete')) return [];
  return graph.ownedBy(table.id, 'trigger').flatMap((trigger): readonly RefusedCascade[] => {
    const { timing, level, events, when } = trigger;
    const isBefore = timing === 'before' && level === 'row' && events.includes('delete');
    if (!isBefore || !firesInOrigin(trigger) || when !== null) return [];
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    const tree = called?.kind === 'function' ? bodyTree(called) : undefined;
    if (called?.kind !== 'function' || tree?.language !== 'plpgsql') return [];
    const condition = tree.block.handlers.length > 0 ? undefined : refusal(tree.block.body);
    return condition === undefined ? [] : [{ trigger, function: called, keys, condition }];
  });
});

/**
 * The condition of `if old.is_default then raise exception …; end if;`, where a DELETE comes to that before any other question: what is done for other
 * events, before it or else does not matter.
 */
function refusal(body: readonly PlStatement[]): string | undefined {
  const asked = lastOf(wayOf(body));
  if (asked?.kind !== 'if') return undefined;
  const branch = asked.branches.find(({ condition }) => foldBoolean(condition.tree, DELETING) !== false);
  if (branch === undefined) return undefined;
  const parts = conjuncts(branch.condition.tree);
  if (!parts.every((each) => isOfDelete(each) || isAboutRow(each)) || !parts.some(isMark)) return undefined;
  const end = lastOf(wayOf(branch.body));
  return end !== undefined && raisesError(end) ? branch.condition.text.replace(/\s+/g, ' ').trim() : undefined;
}

const DELETING = startsFor('delete');

/** The statements that each DELETE comes to one after the other, up to the one behind which that is no longer known. */
function* wayOf(list: readonly PlStatement[]): Generator<PlStatement, boolean> {
  for (const statement of list) {
    const [only, another] = statement.kind === 'if' ? openBranches(statement, DELETING) : [];
    if (only !== undefined && another === undefined) {
      if (!(yield* wayOf(only))) return false;
      continue;
    }
    yield statement;
    const isOpen = [...eachStatement([statement])].some((each) => mayLeave(each.statement)) || statement.kind === 'if';
    if (isOpen || mayAssign(statement, 'old')) return false;
  }
  return true;
}

function lastOf(statements: Iterable<PlStatement>): PlStatement | undefined {
  return [...statements].at(-1);
}

function isOfDelete(part: Node): boolean {
  const { kind, name, lexpr, rexpr } = fieldsOf(part, 'A_Expr') ?? {};
  const [own, more] = stringsOf(fieldsOf(lexpr, 'ColumnRef')?.fields);
  const isEqual = kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=';
  return isEqual && own === 'tg_op' && more === undefined && constantText(rexpr) === 'DELETE';
}

/** It looks at OLD alone. */
function isAboutRow(part: Node): boolean {
  return !anyNode(part, (node, tag) => {
    const [row, column] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
    if (tag === 'ColumnRef') return row !== 'old' || column === undefined;
    return tag === 'FuncCall' || tag === 'SubLink' || tag === 'SQLValueFunction';
  });
}

/** `old.is_default`, `old.is_default = true`, `old.role = 'owner'`, `old.name = 'Inbox'`. */
function isMark(part: Node): boolean {
  const { boolop } = fieldsOf(part, 'BoolExpr') ?? {};
  const { kind, name, lexpr, rexpr } = fieldsOf(part, 'A_Expr') ?? {};
  if (boolop !== undefined || (kind !== undefined && (kind !== 'AEXPR_OP' || stringsOf(name).at(-1) !== '=')))
    return false;
  const constant = [lexpr, rexpr].map((each) => constantText(each)).find((each) => each !== null);
  if (fieldsOf(part, 'BooleanTest') !== undefined && fieldsOf(part, 'BooleanTest')?.booltesttype !== 'IS_TRUE')
    return false;
  const columns: string[] = [];
  walk(part, (_, node) => {
    const column = stringsOf(fieldsOf(node, 'ColumnRef')?.fields)[1];
    if (column !== undefined) columns.push(column);
    return undefined;
  });
  const [column, another] = columns;
  if (column === undefined || another !== undefined) return false;
  if (constant !== undefined && constant !== null && constant !== 'true')
    return KINDS.test(constant) || isNamed(column, OWN_NAMES);
  return isNamed(column, MARKS);
}
