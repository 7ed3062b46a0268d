import type { Expression } from '../../sql/expression.ts';
import type { Binding, CheckedBinding, OutputColumn } from '../binding/binding.ts';
import type { Query } from './query.ts';

/** An expression or statement with what its names mean. */
export type Bound = Expression & Binding;

/** One that is read from a body, which nobody has checked yet. */
export interface CheckedExpression extends Expression, CheckedBinding {
  /** What a query gives, column by column; null for an expression, and where a star may stand for more. */
  readonly output: readonly OutputColumn[] | null;
}

/** The expressions of a block, bound, with their queries. */
export interface BlockQueries {
  bound(expression: Expression): CheckedExpression | undefined;
  queries(expression: Expression): readonly Query[];
}
