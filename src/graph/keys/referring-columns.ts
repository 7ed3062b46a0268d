import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The columns that hold a column's values by foreign key, directly or through one another: what must be as wide as it is. */
export function referringColumns(graph: SchemaGraph, column: EntityOf<'column'>): readonly EntityOf<'column'>[] {
  const found = new Set<EntityId>([column.id]);
  for (const id of found) {
    for (const key of graph.dependentsOfKind(id, 'foreignKey')) {
      const from = key.columns[key.referencedColumns.indexOf(id)];
      if (from !== undefined) found.add(from);
    }
  }
  return [...found].filter((id) => id !== column.id).map((id) => graph.get('column', id));
}
