import type { FuncCall } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { type Call, callsOf } from '../binding/questions/calls.ts';
import { isConstant } from '../binding/questions/is-constant.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

const known = new WeakMap<BoundExpression, readonly Call[]>();

/**
 * The calls of the user's own functions that are given nothing of any row and yet run anew for each: their answer is the same
 * for the whole statement. Not an IMMUTABLE one over constants, which is folded away; of nested ones the outermost.
 */
export function repeatedHelperCalls(graph: SchemaGraph, expression: BoundExpression): readonly Call[] {
  const found = known.get(expression) ?? collect(graph, expression);
  known.set(expression, found);
  return found;
}

function collect(graph: SchemaGraph, expression: BoundExpression): readonly Call[] {
  const calls = callsOf(expression).filter(({ call, function: called, hasColumnArgument, runs }) => {
    const fn = called?.id === undefined ? undefined : graph.find(called.id);
    if (fn?.kind !== 'function' || fn.routine !== 'function' || !isUsersOwn(graph, fn)) return false;
    return runs.per !== 'statement' && !hasColumnArgument && !isConstant({ FuncCall: call }, expression);
  });
  const nested = new Set(calls.flatMap(({ call }) => [...callsInside(call)]));
  return calls.filter(({ call }) => !nested.has(call));
}

/**
 * The calls of auth.uid() and its like that run more often than once a statement. Not what is only handed to a helper that
 * could run once itself: whoever wraps that wraps both.
 */
export function repeatedCallerCalls(graph: SchemaGraph, expression: BoundExpression): readonly Call[] {
  const within = repeatedHelperCalls(graph, expression).map(({ call }) => callsInside(call));
  return callsOf(expression).filter(
    ({ call, runs }) =>
      runs.per !== 'statement' && isCallerCall(call, expression) && !within.some((each) => each.has(call)),
  );
}

/** Does it call auth.uid() or its like, be it once for the whole statement? */
export function callsForCaller(expression: BoundExpression): boolean {
  return callsOf(expression).some(({ call }) => isCallerCall(call, expression));
}

/** The calls among the arguments of a call. */
export function callsInside({ args }: FuncCall): ReadonlySet<FuncCall> {
  const inside = new Set<FuncCall>();
  walk(args ?? [], (_, node) => {
    const call = fieldsOf(node, 'FuncCall');
    if (call !== undefined) inside.add(call);
    return undefined;
  });
  return inside;
}
