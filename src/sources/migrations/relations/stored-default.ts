import type { Node } from '@pgsql/types';
import type { Binding } from '../../../graph/binding/binding.ts';
import { isCertain, plainText } from '../../../graph/binding/type-clash.ts';
import { baseType, isSameType, LITERAL } from '../../../graph/binding/type-system.ts';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import { sameType, type TypeRef } from '../../../graph/types/type-ref.ts';
import { innerOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { refuseUnknownLabels } from '../enum-labels.ts';
import { isAssignable } from './casts.ts';
import { expressionType } from './indexes.ts';

/**
 * DEFAULT NULL is what a column has without one, and Postgres does not keep it (AddRelationNewConstraints()), unless its
 * type is a domain or has a length: those are checked by a call.
 */
export function storedDefault(
  expression: BoundExpression,
  { name, type: column }: { readonly name: string; readonly type: TypeRef | null },
  context: ReplayContext,
): BoundExpression | null {
  if (column !== null) refuseUnfit(expression, name, column, context);
  const { tree } = expression;
  const isNull = 'A_Const' in tree ? tree.A_Const.isnull === true : isCastNull(tree);
  if (!isNull || column === null) return expression;
  const isPlain = column.modifiers.length === 0 || (column.name.name === 'interval' && !column.isArray);
  const own = expressionType(expression);
  const isSame = 'A_Const' in tree || (own !== undefined && sameType(own, column));
  return isPlain && isSame && baseType(column, context.names) === column ? null : expression;
}

/** build_column_default(): the value has to become the column's without being told how. */
function refuseUnfit(expression: BoundExpression, name: string, type: TypeRef, context: ReplayContext): void {
  const own = expressionType(expression);
  const { names } = context;
  if (own === undefined || !isCertain(own, names) || !isCertain(type, names)) return;
  if (isSameType(own, LITERAL)) refuseUnknownLabels(withGoal(expression, type), context);
  else if (isAssignable(own, type, context) === false)
    context.refuse(
      `column "${name}" is of type ${plainText(type)} but default expression is of type ${plainText(own)}`,
      expression.at?.start,
    );
}

/** A constant, coerced to the column's type. */
function withGoal(expression: BoundExpression, type: TypeRef): Binding {
  return { ...expression, coercions: new Map([[innerOf(expression.tree), type]]) };
}

function isCastNull(node: Node): boolean {
  const arg = 'TypeCast' in node ? node.TypeCast.arg : undefined;
  return arg !== undefined && 'A_Const' in arg && arg.A_Const.isnull === true;
}
