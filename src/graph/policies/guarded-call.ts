import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { ownColumn } from '../own-column.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';

/**
 * Does the call run only for rows of which a cheap test is not true: is it behind `is_active = true or …`? OR is worked out from
 * left to right, and ends with the first that is true.
 */
export function isBehindOr(expression: BoundExpression, call: FuncCall): boolean {
  const parts = disjuncts(expression.tree);
  const at = parts.findIndex((part) => holds(part, call));
  return parts.slice(0, Math.max(at, 0)).some((part) => isCheap(part, expression));
}

function holds(tree: Node, call: FuncCall): boolean {
  return anyNode(tree, (node) => fieldsOf(node, 'FuncCall') === call);
}

/** About columns of the row, without a call or subselect. */
function isCheap(tree: Node, expression: BoundExpression): boolean {
  const isCostly = anyNode(tree, (node) => 'FuncCall' in node || 'SubLink' in node);
  return !isCostly && anyNode(tree, (node) => ownColumn(node, expression) !== undefined);
}
