import { type ClientAccess, clientAccess } from './client-access.ts';
import type { EntityOf } from './entities/index.ts';
import { policiesFor, type RowCommand } from './row-security.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * The client roles that may do one of these things with rows of the table, by their grants and, under row security, by a
 * permissive policy: `commands` are those. Whether the policy ever admits a row is not asked.
 */
export function admittedClients(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  clientRoles: readonly string[],
  commands: readonly RowCommand[],
): readonly ClientAccess[] {
  return clientAccess(graph, table, clientRoles).flatMap((access) => {
    const admitted = access.commands.filter(
      (each) =>
        commands.includes(each) &&
        (!table.rowSecurity || policiesFor(graph, table, each, access.role).some((policy) => policy.isPermissive)),
    );
    return admitted.length === 0 ? [] : [{ ...access, commands: admitted }];
  });
}
