import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, nodesOf } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { ownColumn } from '../own-column.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { evaluationCost } from './evaluation-cost.ts';

/**
 * Does the call run only for rows of which a cheap test is not true: is it behind `is_active = true or …`? OR is worked out from
 * left to right, and ends with the first that is true.
 */
export function isBehindOr(expression: BoundExpression, call: FuncCall): boolean {
  const parts = disjuncts(expression.tree);
  const at = parts.findIndex((part) => holds(part, call));
  return parts.slice(0, Math.max(at, 0)).some((part) => isCheap(part, expression));
}

/** `few`: the condition compares the row with a value, or asks a helper about it; `some`: it is a flag or the like, which most rows may pass. */
export type Guard = 'few' | 'some';

/**
 * Does the call run only for the rows of which another condition in its AND is true: `owner = (select auth.uid()) and …`, `bucket_id = 'avatars' and …`?
 * Postgres sorts conditions that are joined by nothing but AND, those that cost least first (`evaluationCost`); inside an OR, which several policies are,
 * the order is what is written. Where the order is not known, nothing guards the call.
 * @param isSorted no other policy is joined to this one by OR
 */
export function guardInAnd(
  graph: SchemaGraph,
  expression: BoundExpression,
  call: FuncCall,
  isSorted: boolean,
): Guard | undefined {
  const arms = disjuncts(expression.tree);
  const parts = conjuncts(arms.find((arm) => holds(arm, call)) ?? expression.tree);
  const at = parts.findIndex((part) => holds(part, call));
  const own = parts[at];
  if (own === undefined) return undefined;
  const isBefore = (part: Node, other: number) => {
    if (other === at || !isSorted || arms.length > 1) return other < at;
    const { most } = evaluationCost(graph, expression, part);
    const { least } = evaluationCost(graph, expression, own);
    return most < least || (most === least && other < at);
  };
  const before = parts.filter((part, other) => other !== at && isBefore(part, other) && asksOfRow(part, expression));
  if (before.length === 0) return undefined;
  return before.some((part) => admitsFew(part, expression)) ? 'few' : 'some';
}

function asksOfRow(tree: Node, expression: BoundExpression): boolean {
  return anyNode(tree, (node) => ownColumn(node, expression) !== undefined);
}

/** A column of the row equals something, is in a list, or a helper is given it. But not a flag: `is_open = true`. */
function admitsFew(tree: Node, expression: BoundExpression): boolean {
  if (fieldsOf(tree, 'FuncCall') !== undefined) return true;
  const { subLinkType, testexpr, operName } = fieldsOf(tree, 'SubLink') ?? {};
  if (subLinkType === 'ANY_SUBLINK' && operName === undefined)
    return testexpr !== undefined && asksOfRow(testexpr, expression);
  const { kind, name, lexpr, rexpr } = fieldsOf(tree, 'A_Expr') ?? {};
  const isEqual = COMPARISONS.has(kind ?? '') && stringsOf(name).at(-1) === '=';
  return isEqual && [lexpr, rexpr].every((each) => each !== undefined && !isBoolean(each));
}

const COMPARISONS: ReadonlySet<string> = new Set(['AEXPR_OP', 'AEXPR_IN', 'AEXPR_OP_ANY']);

function isBoolean(tree: Node): boolean {
  return fieldsOf(tree, 'A_Const')?.boolval !== undefined;
}

function holds(tree: Node, call: FuncCall): boolean {
  return nodesOf(tree, 'FuncCall').includes(call);
}

/** About columns of the row, without a call or subselect. */
function isCheap(tree: Node, expression: BoundExpression): boolean {
  const isCostly = anyNode(tree, (node) => 'FuncCall' in node || 'SubLink' in node);
  return !isCostly && anyNode(tree, (node) => ownColumn(node, expression) !== undefined);
}
