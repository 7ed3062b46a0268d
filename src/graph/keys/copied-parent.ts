import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Does the column repeat what a row says that each row of its table goes with (folder_id of the guest, in the sessions of guests)? Deleting what both name
 * takes the rows along by way of the other. Not of people: who wrote a comment is not who wrote the post.
 */
export function isCopiedFromAbove(
  graph: SchemaGraph,
  { relation, name }: EntityOf<'column'>,
  parent: EntityOf<'table'>,
): boolean {
  if (parent.origin.from === 'platform' || isAccountTable(graph, parent)) return false;
  const above = new Set<EntityId>([relation]);
  // A set that grows while it is gone through is gone through to its end.
  for (const id of above)
    for (const key of goingKeys(graph, id)) {
      if (key.referencedTable === parent.id && graph.columnNames(key.columns).includes(name)) return true;
      above.add(key.referencedTable);
    }
  return false;
}

/** The keys by which each row goes with another. */
function goingKeys(graph: SchemaGraph, table: EntityId): readonly EntityOf<'foreignKey'>[] {
  return graph
    .ownedBy(table, 'foreignKey')
    .filter(({ onDelete, isEnforced, parent }) => onDelete === 'cascade' && isEnforced && parent === null)
    .filter(({ columns }) => columns.every((id) => graph.get('column', id).notNull));
}
