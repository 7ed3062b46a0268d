import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { constantText } from '../query-shapes/operand.ts';
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

/**
 * The BEFORE DELETE triggers that raise an error for a row that is marked as the one its parent always has, and ask nothing else: not whether the parent
 * goes as well, who deletes, or how deep in triggers that is; so that ON DELETE CASCADE fails by them.
 */
export function refusedCascades(graph: SchemaGraph, table: EntityOf<'table'>): readonly RefusedCascade[] {
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
    const { declarations, handlers, body } = tree.block;
    const condition = declarations.length > 0 || handlers.length > 0 ? undefined : refusal(body);
    return condition === undefined ? [] : [{ trigger, function: called, keys, condition }];
  });
}

/** The condition of a body that is nothing but `if old.is_default then raise exception …; end if; return old;`. */
function refusal(body: readonly PlStatement[]): string | undefined {
  const [first, second, ...more] = body;
  if (first?.kind !== 'if' || (second !== undefined && second.kind !== 'return') || more.length > 0) return undefined;
  const [branch, another] = first.branches;
  if (branch === undefined || another !== undefined || first.else !== undefined) return undefined;
  const parts = conjuncts(branch.condition.tree);
  if (!parts.every((each) => isOfDelete(each) || isAboutRow(each))) return undefined;
  const [inner, ...others] = branch.body;
  if (inner?.kind === 'raise' && inner.level === 'exception')
    return others.length === 0 && parts.some(isMark) ? branch.condition.text.replace(/\s+/g, ' ').trim() : undefined;
  // `if tg_op = 'DELETE' then` around it.
  return parts.every(isOfDelete) ? refusal(branch.body) : undefined;
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

/** `old.is_default`, `old.is_default = true`, `old.role = 'owner'`. */
function isMark(part: Node): boolean {
  const { boolop } = fieldsOf(part, 'BoolExpr') ?? {};
  const { kind, name, lexpr, rexpr } = fieldsOf(part, 'A_Expr') ?? {};
  if (boolop !== undefined || (kind !== undefined && (kind !== 'AEXPR_OP' || stringsOf(name).at(-1) !== '=')))
    return false;
  const constant = [lexpr, rexpr].map((each) => constantText(each)).find((each) => each !== null);
  if (fieldsOf(part, 'BooleanTest') !== undefined && fieldsOf(part, 'BooleanTest')?.booltesttype !== 'IS_TRUE')
    return false;
  if (constant !== undefined && constant !== null && constant !== 'true') return KINDS.test(constant);
  const columns: string[] = [];
  walk(part, (_, node) => {
    const column = stringsOf(fieldsOf(node, 'ColumnRef')?.fields)[1];
    if (column !== undefined) columns.push(column);
    return undefined;
  });
  return columns.length === 1 && columns.every((each) => isNamed(each, MARKS));
}
