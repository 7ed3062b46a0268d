import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { alwaysAsks } from './always-asks.ts';
import { callAsksCaller, sourceOf } from './caller-source.ts';
import { isOpenToSignedIn } from './signed-out.ts';

/** Does the condition ask who calls, by itself or through a function that may be given the row, in every alternative, and for more than to be signed in? */
export function asksOfUser(graph: SchemaGraph, part: BoundExpression): boolean {
  const isAsking = anyNode(part.tree, (node) => {
    const [call, called] = [fieldsOf(node, 'FuncCall'), calledFunction(graph, node, part)];
    const isCalledAsking = call && called && callAsksCaller(graph, called, call) === true;
    return isCalledAsking === true || sourceOf(graph, node, part) !== undefined;
  });
  return isAsking && alwaysAsks(graph, part) && !isOpenToSignedIn(part);
}
