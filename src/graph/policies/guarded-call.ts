import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { ownColumn } from '../own-column.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';

/**
 * Does the call run only for rows of which a cheap test is not true: is it behind `is_active = true or …`? OR is worked out from
 * left to right, and ends with the first that is true.
 */
export function isBehindOr(expression: BoundExpression, call: FuncCall): boolean {
  const parts = disjuncts(expression.tree);
  const at = parts.findIndex((part) => holds(part, call));
  return parts.slice(0, Math.max(at, 0)).some((part) => isCheap(part, expression));
}

/**
 * Does the call run only for rows whose column is what the caller's is: `owner = (select auth.uid()) and …`? AND is worked out from left to right, and of the
 * conditions that stand alone Postgres takes the cheap ones first (order_qual_clauses(), src/backend/optimizer/plan/createplan.c).
 * @param isCostly the call is one of the user's functions: Postgres takes even a hashed subselect for cheaper, and leaves a helper of the row before it
 * @param isAlone no other policy is joined to this one by OR
 */
export function isBehindOwnRows(
  expression: BoundExpression,
  call: FuncCall,
  isCostly: boolean,
  isAlone: boolean,
): boolean {
  const arms = disjuncts(expression.tree);
  const parts = conjuncts(arms.find((arm) => holds(arm, call)) ?? expression.tree);
  const at = parts.findIndex((part) => holds(part, call));
  // Inside an OR the order is what is written.
  const before =
    isAlone && arms.length === 1 ? parts.filter((_, other) => other !== at) : parts.slice(0, Math.max(at, 0));
  return (
    at >= 0 &&
    before.some((part) => comparesOnce(part, expression, isCostly) || (isCostly && asksOfRow(part, expression)))
  );
}

/** A column of the row with what is worked out once: `owner = (select auth.uid())`, `team in (select my_teams())`. */
function comparesOnce(tree: Node, expression: BoundExpression, orIn: boolean): boolean {
  const { kind, name, lexpr, rexpr } = fieldsOf(tree, 'A_Expr') ?? {};
  const isEqual = kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=';
  const { subLinkType, testexpr, subselect, operName } = fieldsOf(tree, 'SubLink') ?? {};
  const isIn = orIn && subLinkType === 'ANY_SUBLINK' && operName === undefined;
  const [one, other] = isEqual ? [lexpr, rexpr] : isIn ? [testexpr, subselect] : [];
  if (one === undefined || other === undefined) return false;
  const isColumn = (node: Node) => ownColumn(node, expression) !== undefined;
  const isOnce = (node: Node) => !anyNode(node, isColumn) && (isIn || 'SubLink' in node);
  return (isColumn(one) && isOnce(other)) || (isEqual && isColumn(other) && isOnce(one));
}

/** A helper that is given a column of the row, and stands before the other: `is_member(team) and …`. */
function asksOfRow(tree: Node, expression: BoundExpression): boolean {
  const { args } = fieldsOf(tree, 'FuncCall') ?? {};
  return args?.some((each) => ownColumn(each, expression) !== undefined) === true;
}

function holds(tree: Node, call: FuncCall): boolean {
  return anyNode(tree, (node) => fieldsOf(node, 'FuncCall') === call);
}

/** About columns of the row, without a call or subselect. */
function isCheap(tree: Node, expression: BoundExpression): boolean {
  const isCostly = anyNode(tree, (node) => 'FuncCall' in node || 'SubLink' in node);
  return !isCostly && anyNode(tree, (node) => ownColumn(node, expression) !== undefined);
}
