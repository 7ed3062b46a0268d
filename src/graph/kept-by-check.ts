import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import { foldBoolean } from './binding/questions/fold-boolean.ts';
import type { BoundExpression } from './bound-expression.ts';
import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { asksForNull } from './implication.ts';
import { ownColumn } from './own-column.ts';
import { conjuncts } from './query-shapes/column-tests.ts';
import type { SchemaGraph } from './schema-graph.ts';

type Column = EntityOf<'column'>;

/**
 * The first of these columns of one table that a CHECK keeps from being emptied, all of them together, in a row that has
 * values there: `num_nonnulls(a, b) = 1`, `a is not null or kind = 'free'`. Undefined where ON DELETE SET NULL would succeed.
 */
export function keptByCheck(graph: SchemaGraph, columns: readonly Column[]): Column | undefined {
  const [first] = columns;
  if (first === undefined) return undefined;
  const emptied = new Set(columns.map((each) => each.id));
  for (const { expression, isEnforced } of graph.ownedBy(first.relation, 'checkConstraint')) {
    if (!isEnforced) continue;
    const part = conjuncts(expression.tree).find((each) => keeps(each, expression, emptied));
    if (part === undefined) continue;
    const within: BoundExpression = { ...expression, tree: part };
    return columns.find(({ id }) => asksForNull(within, id)) ?? first;
  }
  return undefined;
}

/** Is the condition false when the columns are NULL, or may it be and asks for just that? */
function keeps(condition: Node, check: BoundExpression, emptied: ReadonlySet<EntityId>): boolean {
  const isEmptied = (node: Node): boolean => {
    const column = ownColumn(node, check);
    return column !== undefined && emptied.has(column);
  };
  const outcome = foldBoolean(condition, (node) => (isEmptied(node) ? null : undefined));
  if (outcome !== undefined) return outcome === false;
  const within: BoundExpression = { ...check, tree: condition };
  return !isUpperBound(condition) && [...emptied].some((each) => asksForNull(within, each));
}

/** `num_nonnulls(a, b) <= 1`, `num_nulls(a, b) > 0`: the more is empty, the better. */
function isUpperBound(condition: Node): boolean {
  const comparison = fieldsOf(condition, 'A_Expr');
  const counts = stringsOf(fieldsOf(comparison?.lexpr, 'FuncCall')?.funcname).at(-1);
  const operator = stringsOf(comparison?.name).at(-1) ?? '';
  if (comparison?.kind !== 'AEXPR_OP') return false;
  return counts === 'num_nonnulls' ? /^<=?$/.test(operator) : counts === 'num_nulls' && /^>=?$/.test(operator);
}
