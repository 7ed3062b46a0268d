import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * The table, if it answers for its own columns and constraints: known, permanent or unlogged, and no partition (a partition has
 * those of its parent, which is reported). Undefined for views, foreign tables and composite types.
 */
export function standingTable(graph: SchemaGraph, id: EntityId): EntityOf<'table'> | undefined {
  const found = graph.find(id);
  const isStanding =
    found?.kind === 'table' &&
    found.isAssumed !== true &&
    found.persistence !== 'temporary' &&
    found.partitionOf === null;
  return isStanding ? found : undefined;
}

/** Its columns that are its own and hold what writers give: none that a parent table brings, none that is calculated. */
export function writtenColumns(graph: SchemaGraph, table: EntityOf<'table'>): readonly EntityOf<'column'>[] {
  return graph.columns(table.id).filter((each) => !each.isInherited && each.generated === null);
}

/** Is the column part of a foreign key, so that its values are those of another table? */
export function isKeyToOther(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  return graph.foreignKeysOf(column).length > 0;
}
