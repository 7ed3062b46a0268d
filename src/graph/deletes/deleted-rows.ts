import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { admittedClients } from '../privileges/admitted-clients.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Does anything that is known delete rows of the table: a client that a grant and a policy let, a function of the schema, or a key that takes them along with
 * a row of another table of which that is so, such as the users? True as well where nothing tells who the clients are.
 */
export function isDeletedFrom(graph: SchemaGraph, table: EntityId, clientRoles: readonly string[]): boolean {
  if (!clientRoles.some((name) => graph.global('role', name) !== undefined)) return true;
  return deletedTables(graph, clientRoles.join('\0')).has(table);
}

const deletedTables = askedOnce((graph: SchemaGraph, roles: string): ReadonlySet<EntityId> => {
  const found = new Set<EntityId>();
  for (const table of graph.ofKind('table')) if (isDeletedItself(graph, table, roles.split('\0'))) found.add(table.id);
  // A set that grows while it is gone through is gone through to its end.
  for (const id of found)
    for (const key of graph.referencedBy(id)) if (key.onDelete === 'cascade') found.add(key.table);
  return found;
});

function isDeletedItself(graph: SchemaGraph, table: EntityOf<'table'>, clientRoles: readonly string[]): boolean {
  if (table.origin.from === 'platform' || table.isAssumed === true) return true;
  if (admittedClients(graph, table, clientRoles, ['delete']).length > 0) return true;
  return writesTo(graph, table.id).some(({ write }) => write.kind === 'delete' || write.kind === 'truncate');
}
