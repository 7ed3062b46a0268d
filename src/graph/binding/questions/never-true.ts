import type { A_Expr, Node, SelectStmt, SubLink } from '@pgsql/types';
import { fieldsOf } from '../../../sql/nodes.ts';
import { nodesOf } from '../../../sql/walk.ts';
import { type Assumption, foldValue } from './constant-value.ts';
import { foldBoolean } from './fold-boolean.ts';

/** Deeper expressions nobody wrote. */
const MAX_DEPTH = 100;

/**
 * Is the condition certainly never true (always false or NULL), given the assumption? Goes further than folding: a NULL beside
 * something unknown, and subselects whose WHERE lets no row through. False also where it cannot be told.
 */
export function isNeverTrue(node: Node, assume?: Assumption, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  const value = foldBoolean(node, assume);
  if (value !== undefined) return value !== true;
  const never = (each: Node | undefined) => each !== undefined && isNeverTrue(each, assume, depth + 1);
  const isNull = (each: Node | undefined) => each !== undefined && isAlwaysNull(each, assume, depth + 1);
  if ('BoolExpr' in node) {
    const { boolop, args = [] } = node.BoolExpr;
    if (boolop === 'NOT_EXPR') return isNull(args[0]);
    return boolop === 'AND_EXPR' ? args.some(never) : args.every(never);
  }
  if ('SubLink' in node) return isNeverTrueSubLink(node.SubLink, assume, depth);
  if ('NullTest' in node) return node.NullTest.nulltesttype === 'IS_NOT_NULL' && isNull(node.NullTest.arg);
  if ('BooleanTest' in node) return node.BooleanTest.booltesttype === 'IS_TRUE' && never(node.BooleanTest.arg);
  if ('CoalesceExpr' in node) return (node.CoalesceExpr.args ?? []).every(never);
  if ('CaseExpr' in node) return isNeverTrueCase(node.CaseExpr, never);
  if (!('A_Expr' in node)) return false;
  return isNullOperation(node.A_Expr, isNull) || isAnyOfNothing(node.A_Expr, assume, depth);
}

/** `x = any (array(select …))` of a query without a row is false, and not NULL: NOT makes it true. */
function isAnyOfNothing({ kind, rexpr }: A_Expr, assume: Assumption | undefined, depth: number): boolean {
  const { subLinkType, subselect } = fieldsOf(rexpr, 'SubLink') ?? {};
  const query =
    kind === 'AEXPR_OP_ANY' && subLinkType === 'ARRAY_SUBLINK' ? fieldsOf(subselect, 'SelectStmt') : undefined;
  return query !== undefined && isEmpty(query, assume, depth + 1);
}

type Test = (node: Node | undefined) => boolean;

function isNeverTrueCase({ args, defresult }: { args?: Node[]; defresult?: Node }, never: Test): boolean {
  const branches = (args ?? []).map((each) => fieldsOf(each, 'CaseWhen'));
  const passes = branches.some((each) => !never(each?.expr) && !never(each?.result));
  return !passes && (defresult === undefined || never(defresult));
}

/** Every operator that Postgres has gives NULL for a NULL on either side; so do lists of comparisons for their left side. */
function isNullOperation({ kind, lexpr, rexpr }: A_Expr, isNull: Test): boolean {
  switch (kind) {
    case 'AEXPR_OP':
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return isNull(lexpr) || isNull(rexpr);
    case 'AEXPR_OP_ANY':
      return isNull(lexpr) || isNull(rexpr);
    case 'AEXPR_IN':
    case 'AEXPR_BETWEEN':
      return isNull(lexpr);
    default:
      return false;
  }
}

/** Is the expression certainly NULL? */
export function isAlwaysNull(node: Node, assume: Assumption | undefined, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (foldValue(node, assume) === null) return true;
  const isNull = (each: Node | undefined) => each !== undefined && isAlwaysNull(each, assume, depth + 1);
  if ('TypeCast' in node) return isNull(node.TypeCast.arg);
  if ('CollateClause' in node) return isNull(node.CollateClause.arg);
  if ('CoalesceExpr' in node) return (node.CoalesceExpr.args ?? []).every(isNull);
  if ('A_Expr' in node) return node.A_Expr.kind !== 'AEXPR_IN' && isNullOperation(node.A_Expr, isNull);
  if (!('SubLink' in node)) return false;
  const { subLinkType, subselect } = node.SubLink;
  const query = fieldsOf(subselect, 'SelectStmt');
  if (query === undefined || subLinkType !== 'EXPR_SUBLINK') return false;
  if (isEmpty(query, assume, depth)) return true;
  const [target] = query.targetList ?? [];
  const value = fieldsOf(target, 'ResTarget')?.val;
  const isPlain = query.fromClause === undefined && query.op === 'SETOP_NONE' && query.valuesLists === undefined;
  return isPlain && value !== undefined && isNull(value);
}

function isNeverTrueSubLink(
  { subLinkType, subselect, testexpr }: SubLink,
  assume: Assumption | undefined,
  depth: number,
) {
  const query = fieldsOf(subselect, 'SelectStmt');
  if (query === undefined) return false;
  if (subLinkType === 'EXISTS_SUBLINK') return isEmpty(query, assume, depth);
  if (subLinkType === 'EXPR_SUBLINK') {
    const [target] = query.targetList ?? [];
    const value = fieldsOf(target, 'ResTarget')?.val;
    const isOne = query.op === 'SETOP_NONE' && !hasCalls(query.targetList, assume) && value !== undefined;
    return isEmpty(query, assume, depth) || (isOne && isNeverTrue(value, assume, depth + 1));
  }
  if (subLinkType !== 'ANY_SUBLINK') return false;
  if (isEmpty(query, assume, depth) || givesNulls(query, assume, depth)) return true;
  return testexpr !== undefined && isAlwaysNull(testexpr, assume, depth + 1);
}

/** Is each value that the query gives NULL, as of `select my_team()`? Nothing is in such a list, nor surely outside it. */
function givesNulls({ op, targetList = [] }: SelectStmt, assume: Assumption | undefined, depth: number): boolean {
  const [only, another] = targetList;
  const value = fieldsOf(only, 'ResTarget')?.val;
  return op === 'SETOP_NONE' && another === undefined && value !== undefined && isAlwaysNull(value, assume, depth + 1);
}

/** Does the query give no row? An aggregate would make one even of nothing, so that no call may stand in its targets. */
export function isEmpty(query: SelectStmt, assume: Assumption | undefined, depth = 0): boolean {
  const { op, larg, rarg, targetList, whereClause, fromClause } = query;
  if (depth > MAX_DEPTH) return false;
  if (op === 'SETOP_UNION')
    return (
      larg !== undefined && rarg !== undefined && isEmpty(larg, assume, depth + 1) && isEmpty(rarg, assume, depth + 1)
    );
  if (op !== 'SETOP_NONE' || hasCalls(targetList, assume) || query.havingClause !== undefined) return false;
  if (whereClause !== undefined && isNeverTrue(whereClause, assume, depth + 1)) return true;
  return (fromClause ?? []).some((each) => isEmptyJoin(each, assume, depth + 1));
}

/** A relation or a function that is assumed to be NULL has no row to give. */
function isEmptyJoin(node: Node, assume: Assumption | undefined, depth: number): boolean {
  if ('RangeVar' in node || 'RangeFunction' in node) return assume?.(node) === null;
  const join = fieldsOf(node, 'JoinExpr');
  if (join === undefined || depth > MAX_DEPTH) return false;
  if (join.jointype === 'JOIN_LEFT') return join.larg !== undefined && isEmptyJoin(join.larg, assume, depth + 1);
  if (join.jointype !== 'JOIN_INNER') return false;
  if (join.quals !== undefined && isNeverTrue(join.quals, assume, depth + 1)) return true;
  return [join.larg, join.rarg].some((each) => each !== undefined && isEmptyJoin(each, assume, depth + 1));
}

/** Calls that may be aggregates: one without arguments is written with a star (docs 4.2.7), so that auth.uid() is none. */
function hasCalls(nodes: readonly Node[] | undefined, assume: Assumption | undefined): boolean {
  return nodesOf(nodes, 'FuncCall').some(
    (call) => (call.agg_star === true || (call.args ?? []).length > 0) && assume?.isPlainCall?.(call) !== true,
  );
}
