import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A foreign key over several columns, as (box_id, home_id) is, ties the one to the other. */
export function isInWiderKey(graph: SchemaGraph, table: EntityId, column: EntityId): boolean {
  return graph.ownedBy(table, 'foreignKey').some(({ columns }) => columns.length > 1 && columns.includes(column));
}
