import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { isClosedToSignedOut } from '../caller/closed-conditions.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { clausesOf } from './policy-clauses.ts';

/** For PUBLIC alone, permissive, and each clause asks for a user: it can never admit a signed-out caller, for whom it is evaluated all the same. */
export function isForSignedIn(graph: SchemaGraph, policy: EntityOf<'policy'>): boolean {
  if (!policy.isPermissive || policy.roles.some((each) => each !== 'public')) return false;
  const clauses = clausesOf(policy);
  return (
    clauses.length > 0 &&
    clauses.every(
      ({ expression }) => isClosedToSignedOut(graph, expression) && foldBoolean(expression.tree) === undefined,
    )
  );
}
