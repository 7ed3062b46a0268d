import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The table that is written to, where row security is on. */
export function securedTable(
  graph: SchemaGraph,
  { relation }: { readonly relation: EntityId | null },
): EntityOf<'table'> | undefined {
  const table = relation === null ? undefined : graph.find(relation);
  return table?.kind === 'table' && table.rowSecurity && graph.isKnown(table, 'rowSecurity') ? table : undefined;
}

/** A table that users made, in whichever schema, without row security. */
export function unsecuredTable(
  graph: SchemaGraph,
  { relation }: { readonly relation: EntityId | null },
): EntityOf<'table'> | undefined {
  const table = relation === null ? undefined : graph.find(relation);
  if (table?.kind !== 'table' || table.isAssumed === true || table.persistence !== 'permanent') return undefined;
  if (table.origin.from === 'platform' || table.extension !== undefined || table.rowSecurity) return undefined;
  return graph.isKnown(table, 'rowSecurity') && !graph.isDoubtful(table, ['rowSecurity']) ? table : undefined;
}
