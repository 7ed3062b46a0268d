import type { EntityId } from './entity-id.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * How many rows a table or materialized view has, as the server estimates; a partitioned table has those of its partitions.
 * Undefined without statistics, and where the server never counted.
 */
export function estimatedRows(graph: SchemaGraph, table: EntityId): number | undefined {
  const own = graph.statistics?.tables.get(table)?.rows;
  const parts = graph.dependentsOfKind(table, 'table').filter((each) => each.partitionOf === table);
  const counts = [own ?? undefined, ...parts.map((each) => estimatedRows(graph, each.id))];
  const known = counts.filter((each) => each !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, each) => sum + each, 0);
}
