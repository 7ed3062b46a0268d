import { wrapCalls } from '../sql/rewrite.ts';
import { callsOf } from './binding/questions/calls.ts';
import type { BoundExpression } from './bound-expression.ts';
import { isCallerCall } from './caller-calls.ts';
import { isRepeatable } from './repeatable-text.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * The text of a clause for a new policy, each call that asks who calls in a subselect of its own; undefined where it cannot be
 * written again with certainty.
 */
export function clauseText(graph: SchemaGraph, expression: BoundExpression): string | undefined {
  if (!isRepeatable(graph, expression)) return undefined;
  const calls = callsOf(expression).filter(
    ({ call, runs }) => runs.per !== 'statement' && isCallerCall(call, expression),
  );
  if (calls.length === 0) return expression.text;
  const offsets = calls.map(({ call }) => (call.location ?? -1) - expression.start);
  return wrapCalls(expression.text, offsets) ?? undefined;
}

/** In brackets, which a line comment inside must not swallow. */
export function bracketed(text: string): string {
  return text.includes('\n') || text.includes('--') ? `(\n    ${text}\n  )` : `(${text})`;
}
