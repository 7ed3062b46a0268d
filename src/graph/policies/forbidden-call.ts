import { callsOf } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { mayExecute } from '../privilege-questions.ts';
import type { Grantee } from '../privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Does the clause of a policy call a function that the role may not execute? The right is asked for before the first row, whatever
 * stands beside the call: every statement of the role that meets the policy fails (42501). Verified on Postgres 18.
 */
export function callsForbidden(graph: SchemaGraph, clause: BoundExpression, role: Grantee): boolean {
  return callsOf(clause).some((call) => {
    const called = call.function?.id === undefined ? undefined : graph.find(call.function.id);
    return called?.kind === 'function' && called.isAssumed !== true && !mayExecute(graph, role, called);
  });
}
