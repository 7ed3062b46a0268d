import type { Expression } from '../../sql/expression.ts';
import type { Binding } from '../binding/binding.ts';
import type { Query } from './query.ts';

/** An expression or statement with what its names mean. */
export type Bound = Expression & Binding;

/** The expressions of a block, bound, with their queries. */
export interface BlockQueries {
  bound(expression: Expression): Bound | undefined;
  queries(expression: Expression): readonly Query[];
}
