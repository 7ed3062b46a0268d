import type { Node } from '@pgsql/types';
import { expressionRange } from '../../sql/range.ts';
import { wrapCalls } from '../../sql/rewrite.ts';
import type { Call } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { repeatedCallerCalls, repeatedHelperCalls } from '../caller/helper-calls.ts';
import { isCastBehindTest } from '../costs/hoisted-cast.ts';
import type { EntityOf } from '../entities/index.ts';
import { isRepeatable } from '../repeatable-text.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * The text of a clause for a new policy, each call that gives one answer for the whole statement in a subselect of its own;
 * undefined where it cannot be written again with certainty.
 */
export function clauseText(
  graph: SchemaGraph,
  expression: BoundExpression,
  written: WrittenClause = asItIs(expression),
): string | undefined {
  const calls = [...repeatedCallerCalls(graph, expression), ...repeatedHelperCalls(graph, expression)];
  const wrapped = calls.filter((each) => rowsOf(graph, each) === undefined && !isCastBehindTest(expression, each));
  return withCallsWrapped(graph, expression, wrapped, written);
}

/**
 * The function of a call that gives rows, or a row of no type of its own (OUT parameters), and so cannot be wrapped: a scalar subselect fails with
 * 21000 at the second row, and `((select f()) as r).x` with 42809, record type has not been registered (both seen on a server).
 */
export function rowsOf(graph: SchemaGraph, { function: called }: Call): EntityOf<'function'> | undefined {
  const fn = called?.id === undefined ? undefined : graph.find(called.id);
  if (fn?.kind !== 'function') return undefined;
  return fn.returnsSet || fn.returns?.name.name === 'record' ? fn : undefined;
}

/** The text of a clause, perhaps with something put into it. */
export interface WrittenClause {
  readonly text: string;
  /** Where in it the nth unit of the clause's own text stands. */
  readonly placeOf: (offset: number) => number;
}

/** With other text in place of a part. */
export function withReplaced({ text, start }: BoundExpression, part: Node, by: string): WrittenClause {
  const range = expressionRange(part, ' '.repeat(start) + text);
  const [from, to] = [range.start - start, range.end - start];
  return {
    text: text.slice(0, from) + by + text.slice(to),
    placeOf: (offset) => (offset < from ? offset : offset + by.length - (to - from)),
  };
}

function asItIs({ text }: BoundExpression): WrittenClause {
  return { text, placeOf: (offset) => offset };
}

/** The text of a clause with each of these calls in a scalar subselect of its own; undefined where that is not certain. */
export function withCallsWrapped(
  graph: SchemaGraph,
  expression: BoundExpression,
  calls: readonly Call[],
  { text, placeOf }: WrittenClause = asItIs(expression),
): string | undefined {
  if (!isRepeatable(graph, expression)) return undefined;
  if (calls.length === 0) return text;
  const offsetOf = ({ call }: Call) => placeOf((call.location ?? -1) - expression.start);
  const types = new Map<number, string>();
  for (const each of calls) {
    const id = each.function?.id;
    const fn = id === undefined ? undefined : graph.find(id);
    const returns = fn?.kind === 'function' ? fn.returns : null;
    if (returns !== null) types.set(offsetOf(each), graph.typeName(returns));
  }
  return wrapCalls(text, calls.map(offsetOf), types) ?? undefined;
}

/** In brackets, which a line comment inside must not swallow. */
export function bracketed(text: string): string {
  return text.includes('\n') || text.includes('--') ? `(\n    ${text}\n  )` : `(${text})`;
}
