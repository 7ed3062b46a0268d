import type { A_Expr, Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { ownColumn, referencedColumn } from '../own-column.ts';

/** Is the condition true for every row whose columns, those `isNotNull` says, hold no NULL? (predicate_implied_by, for this one premise.) */
export function followsFromNotNull(condition: BoundExpression, isNotNull: (column: EntityId) => boolean): boolean {
  const follows = (node: Node | undefined): boolean => {
    const bool = fieldsOf(node, 'BoolExpr');
    if (bool?.boolop === 'AND_EXPR') return (bool.args ?? []).every(follows);
    if (bool?.boolop === 'OR_EXPR') return (bool.args ?? []).some(follows);
    const test = fieldsOf(node, 'NullTest');
    if (test?.nulltesttype === 'IS_NOT_NULL') {
      const column = ownColumn(test.arg, condition);
      return column !== undefined && isNotNull(column);
    }
    return fieldsOf(node, 'A_Const')?.boolval?.boolval === true;
  };
  return follows(condition.tree);
}

/** Can a row pass this CHECK only with a value in the column? A CHECK passes when it is NULL, so `c > 0` does not say so. */
export function checkExcludesNull(check: BoundExpression, column: EntityId): boolean {
  const excludes = (node: Node | undefined): boolean => {
    const bool = fieldsOf(node, 'BoolExpr');
    if (bool?.boolop === 'AND_EXPR') return (bool.args ?? []).some(excludes);
    if (bool?.boolop === 'OR_EXPR') return (bool.args ?? []).every(excludes);
    const test = fieldsOf(bool?.boolop === 'NOT_EXPR' ? bool.args?.[0] : node, 'NullTest');
    const excluding = bool === undefined ? 'IS_NOT_NULL' : 'IS_NULL';
    if (test?.nulltesttype === excluding) return ownColumn(test.arg, check) === column;
    const comparison = fieldsOf(node, 'A_Expr');
    return comparison !== undefined && comparisonExcludesNull(comparison, check, column);
  };
  return excludes(check.tree);
}

/** `c is distinct from null`, `num_nulls(a, c) = 0`, `num_nonnulls(a, c) = 2`. */
function comparisonExcludesNull(
  { kind, name, lexpr, rexpr }: A_Expr,
  check: BoundExpression,
  column: EntityId,
): boolean {
  const constant = fieldsOf(rexpr, 'A_Const');
  if (kind === 'AEXPR_DISTINCT') return constant?.isnull === true && ownColumn(lexpr, check) === column;
  const call = fieldsOf(lexpr, 'FuncCall');
  if (kind !== 'AEXPR_OP' || stringsOf(name)[0] !== '=' || call === undefined || constant?.ival === undefined)
    return false;
  const values = call.args ?? [];
  if (!values.some((each) => ownColumn(each, check) === column)) return false;
  const wanted = constant.ival.ival ?? 0;
  const counts = stringsOf(call.funcname).at(-1);
  return (counts === 'num_nulls' && wanted === 0) || (counts === 'num_nonnulls' && wanted === values.length);
}

/** Does the expression ask whether the column is NULL (also by IS TRUE or IS NOT FALSE, which decide for NULL as well), or say what to take in its place? Then a NULL there has a meaning. */
export function asksForNull(expression: BoundExpression, column: EntityId): boolean {
  const isColumn = (node: Node | undefined): boolean => referencedColumn(node, expression) === column;
  return anyNode(expression.tree, (node) => {
    const test = fieldsOf(node, 'NullTest') ?? fieldsOf(node, 'BooleanTest');
    const choice = fieldsOf(node, 'CoalesceExpr');
    const call = fieldsOf(node, 'FuncCall');
    const comparison = fieldsOf(node, 'A_Expr');
    return (
      (test !== undefined && isColumn(test.arg)) ||
      (choice?.args ?? []).some(isColumn) ||
      (call !== undefined &&
        /^num_(?:non)?nulls$/.test(stringsOf(call.funcname).at(-1) ?? '') &&
        (call.args ?? []).some(isColumn)) ||
      (comparison !== undefined &&
        /DISTINCT/.test(comparison.kind ?? '') &&
        (isColumn(comparison.lexpr) || isColumn(comparison.rexpr)))
    );
  });
}
