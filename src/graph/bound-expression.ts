import type { Expression } from '../sql/expression.ts';
import type { NameReference, UnresolvedName } from './binding/binding.ts';

/** An expression or query whose names were resolved when it entered the graph: a rename changes nothing here. */
export interface BoundExpression extends Expression {
  readonly references: readonly NameReference[];
  /** Names that nothing known answers to: no rule concludes from them. */
  readonly unresolved: readonly UnresolvedName[];
}
