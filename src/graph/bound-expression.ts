import type { Node } from '@pgsql/types';
import type { Expression } from '../sql/expression.ts';
import type { Binding } from './binding/binding.ts';

/** An expression or query whose names were resolved when it entered the graph: a rename changes nothing here. */
export interface BoundExpression extends Expression, Binding {}

const parts = new WeakMap<BoundExpression, Map<Node, BoundExpression>>();

/**
 * A part of an expression as an expression, bound as the whole is, whose text it keeps. It is the same one each time, so that what is known of
 * it is not found out again, and the whole where it is all of it.
 */
export function boundPart(whole: BoundExpression, tree: Node): BoundExpression {
  if (tree === whole.tree) return whole;
  let known = parts.get(whole);
  if (known === undefined) {
    known = new Map();
    parts.set(whole, known);
  }
  let part = known.get(tree);
  if (part === undefined) {
    part = { ...whole, tree };
    known.set(tree, part);
  }
  return part;
}
