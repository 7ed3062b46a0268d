import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { calledFunction } from '../called-function.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { alwaysAsks } from './always-asks.ts';
import { functionAsksCaller, sourceOf } from './caller-source.ts';
import { isOpenToSignedIn } from './signed-out.ts';

/** Does the clause ask of every row who calls, whatever the row, and for more than to be signed in: not `is_public or owner_id = auth.uid()`? */
export function asksInEveryWay(graph: SchemaGraph, clause: BoundExpression): boolean {
  return waysOf(clause)?.every((way) => way.some((part) => asksOfUser(graph, part))) === true;
}

/** Does the condition ask who calls, by itself or through a function that may be given the row, in every alternative, and for more than to be signed in? */
function asksOfUser(graph: SchemaGraph, part: BoundExpression): boolean {
  const isAsking = anyNode(part.tree, (node) => {
    const called = calledFunction(graph, node, part);
    return (
      sourceOf(graph, node, part) !== undefined || (called !== undefined && functionAsksCaller(graph, called) === true)
    );
  });
  return isAsking && alwaysAsks(graph, part) && !isOpenToSignedIn(part);
}
