import { callsOf } from '../binding/questions/calls.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { mayExecute } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

/**
 * Does the clause of a policy call a function that the role may not execute? The right is asked for before the first row, whatever
 * stands beside the call: every statement of the role that meets the policy fails (42501). Verified on Postgres 18.
 */
export function callsForbidden(graph: SchemaGraph, clause: BoundExpression, role: Grantee): boolean {
  return forbiddenFunctions(graph, clause, role).length > 0;
}

/** Those functions. */
export function forbiddenFunctions(
  graph: SchemaGraph,
  clause: BoundExpression,
  role: Grantee,
): readonly EntityOf<'function'>[] {
  const called = callsOf(clause).flatMap((call) => {
    const fn = call.function?.id === undefined ? undefined : graph.find(call.function.id);
    return fn?.kind === 'function' && fn.isAssumed !== true && !mayExecute(graph, role, fn) ? [fn] : [];
  });
  return [...new Set(called)];
}

/** The same of a clause that is worked out for rows at all, and of functions of the user's whose privileges are known. */
export function surelyForbidden(
  graph: SchemaGraph,
  clause: BoundExpression,
  role: Grantee,
): readonly EntityOf<'function'>[] {
  if (foldBoolean(clause.tree) !== undefined) return [];
  return forbiddenFunctions(graph, clause, role).filter(
    (each) => isUsersOwn(graph, each) && !graph.isDoubtful(each, ['privileges']),
  );
}
