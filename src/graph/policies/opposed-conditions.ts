import type { BoundExpression } from '../bound-expression.ts';
import { conjuncts, testsIn } from '../query-shapes/column-tests.ts';
import type { ColumnTest } from '../query-shapes/query.ts';

/** Can no row be as both say: `status = 'sent'` of the new row, `status = 'approved'` of the old one? */
export function exclude(one: BoundExpression, other: BoundExpression): boolean {
  const wanted = testsOf(other);
  return testsOf(one).some((each) => wanted.some((test) => test.column === each.column && areOpposed(test, each)));
}

function areOpposed(one: ColumnTest, other: ColumnTest): boolean {
  if (one.kind === 'isNull' || other.kind === 'isNull')
    return [one, other].some((each) => each.kind === 'isNotNull' || isStrictlyEqual(each));
  const isOfConstants = [one, other].every((each) => isStrictlyEqual(each) && each.constants.length > 0);
  return isOfConstants && !one.constants.some((value) => other.constants.includes(value));
}

/** Of a NULL it is never true. */
function isStrictlyEqual({ kind, operator }: ColumnTest): boolean {
  return (kind === 'equal' && operator === '=') || kind === 'in';
}

function testsOf(expression: BoundExpression): readonly ColumnTest[] {
  return conjuncts(expression.tree).flatMap((each) => testsIn(each, expression).map(({ test }) => test));
}
