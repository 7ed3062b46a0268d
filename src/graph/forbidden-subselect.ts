import type { EntityOf } from './entities/index.ts';
import { mayAnyColumn } from './privilege-questions.ts';
import type { Grantee } from './privileges.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * Does the policy read a table that none of the roles it is for may read (auth.users)? A policy reads with the rights of whoever runs
 * the statement, so every one that meets it fails (42501) before a row is looked at. False where the roles are not all known.
 */
export function readsForbidden(
  graph: SchemaGraph,
  { roles, using, check }: EntityOf<'policy'>,
  clientRoles: readonly string[],
): boolean {
  const callers = roles.includes('public')
    ? clientRoles.map((name) => graph.global('role', name)?.id ?? 'public')
    : roles;
  if (callers.length === 0 || callers.includes('public')) return false;
  return [using, check].some((clause) =>
    (clause?.references ?? []).some(({ kind, target }) => {
      const relation = kind === 'relation' ? graph.find(target) : undefined;
      const isKnown = relation?.isAssumed !== true;
      return (
        relation?.kind === 'table' &&
        isKnown &&
        callers.every((role: Grantee) => !mayAnyColumn(graph, role, relation, 'r'))
      );
    }),
  );
}
