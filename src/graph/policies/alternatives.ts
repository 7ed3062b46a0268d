import { expressionRange } from '../../sql/range.ts';
import { walk } from '../../sql/walk.ts';
import { canonical } from '../binding/canonical.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';

/** One of the conditions that OR connects at the top of a clause. */
export interface Alternative {
  /** With its own text. */
  readonly expression: BoundExpression;
  /** What AND connects in it, in a form that is the same for the same condition. */
  readonly conditions: ReadonlySet<string>;
}

export function alternativesOf(clause: BoundExpression): readonly Alternative[] {
  const trees = disjuncts(clause.tree);
  return trees.map((tree) => ({
    expression: trees.length === 1 ? clause : partOf(clause, tree),
    conditions: new Set(conjuncts(tree).map((each) => canonical(each, clause, String))),
  }));
}

/** A part of a clause, with its own text. */
export function partOf(clause: BoundExpression, tree: BoundExpression['tree']): BoundExpression {
  const text = ' '.repeat(clause.start) + clause.text;
  const { start, end } = expressionRange(tree, text);
  const nodes = new Set<object>();
  walk(tree, (tag, node) => {
    nodes.add((node as unknown as Record<string, object>)[tag] ?? node);
    return undefined;
  });
  const references = clause.references.filter(({ node }) => nodes.has(node));
  return { ...clause, tree, text: text.slice(start, end), start, references };
}

/** Is the one true only where the other is, as it asks for all that the other asks for? */
export function isWithin({ conditions }: Alternative, other: Alternative): boolean {
  return [...other.conditions].every((each) => conditions.has(each));
}

/** The same of whole clauses, of which one alternative is enough. */
export function implies(clause: BoundExpression, other: BoundExpression): boolean {
  const others = alternativesOf(other);
  return alternativesOf(clause).every((each) => others.some((one) => isWithin(each, one)));
}
