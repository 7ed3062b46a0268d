import type { EntityOf } from '../entities/index.ts';
import { clientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { subselectLoop } from './policy-reach.ts';

type Policy = EntityOf<'policy'>;

/**
 * The policy that would fail with 42P17 if this one were given a subselect: a write policy that reads its own table works only
 * as long as no SELECT policy there has one (policy-recursion).
 */
export function brokenBySubselect(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): Policy | undefined {
  if (policy.command !== 'select' && policy.command !== 'all') return undefined;
  for (const { role, commands } of clientAccess(graph, graph.get('table', policy.table), clientRoles)) {
    for (const other of graph.ownedBy(policy.table, 'policy')) {
      const breaks = commands.some(
        (command) =>
          subselectLoop(graph, other, command, role) === undefined &&
          subselectLoop(graph, other, command, role, policy) !== undefined,
      );
      if (breaks) return other;
    }
  }
  return undefined;
}
