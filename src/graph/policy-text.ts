import { wrapCalls } from '../sql/rewrite.ts';
import type { Call } from './binding/questions/calls.ts';
import type { BoundExpression } from './bound-expression.ts';
import { repeatedCallerCalls, repeatedHelperCalls } from './caller/helper-calls.ts';
import { isRepeatable } from './repeatable-text.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * The text of a clause for a new policy, each call that gives one answer for the whole statement in a subselect of its own;
 * undefined where it cannot be written again with certainty.
 */
export function clauseText(graph: SchemaGraph, expression: BoundExpression): string | undefined {
  return withCallsWrapped(graph, expression, [
    ...repeatedCallerCalls(graph, expression),
    ...repeatedHelperCalls(graph, expression),
  ]);
}

/** The text of a clause with each of these calls in a scalar subselect of its own; undefined where that is not certain. */
export function withCallsWrapped(
  graph: SchemaGraph,
  expression: BoundExpression,
  calls: readonly Call[],
): string | undefined {
  if (!isRepeatable(graph, expression)) return undefined;
  if (calls.length === 0) return expression.text;
  const types = new Map<number, string>();
  for (const { call, function: called } of calls) {
    const fn = called?.id === undefined ? undefined : graph.find(called.id);
    const returns = fn?.kind === 'function' ? fn.returns : null;
    if (returns !== null) types.set((call.location ?? -1) - expression.start, graph.typeName(returns));
  }
  const offsets = calls.map(({ call }) => (call.location ?? -1) - expression.start);
  return wrapCalls(expression.text, offsets, types) ?? undefined;
}

/** In brackets, which a line comment inside must not swallow. */
export function bracketed(text: string): string {
  return text.includes('\n') || text.includes('--') ? `(\n    ${text}\n  )` : `(${text})`;
}
