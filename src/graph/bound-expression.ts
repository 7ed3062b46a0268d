import type { Expression } from '../sql/expression.ts';
import type { Binding } from './binding/binding.ts';

/** An expression or query whose names were resolved when it entered the graph: a rename changes nothing here. */
export interface BoundExpression extends Expression, Binding {}
