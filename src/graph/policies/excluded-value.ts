import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { testsIn } from '../query-shapes/column-tests.ts';

/** Does one of the conditions, all of which have to hold, hold only for rows with another value in the column? */
export function excludesValue(way: readonly BoundExpression[], column: EntityOf<'column'>, value: string): boolean {
  return way.some((part) =>
    testsIn(part.tree, part).some(({ test, isOuter }) => {
      if (!isOuter || test.column !== column.id || !test.isBare || test.constants.length === 0) return false;
      if (test.kind === 'equal' || test.kind === 'in') return !test.constants.includes(value);
      return test.operator === '<>' && test.constants[0] === value;
    }),
  );
}
