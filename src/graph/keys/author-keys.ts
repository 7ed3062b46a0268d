import type { EntityOf } from '../entities/index.ts';
import { isStampOfAuthor } from '../lexicon/author-stamps.ts';
import { tableNamedForRole } from '../lexicon/named-table.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** Does each column of the key say who did something to the row: created_by, or deleted_by_member_id, that refers to members? */
export function isKeyOfAuthor(graph: SchemaGraph, { columns, referencedTable }: EntityOf<'foreignKey'>): boolean {
  return columns.every((id) => {
    const column = graph.get('column', id);
    return isStampOfAuthor(column.name) || tableNamedForRole(graph, column)?.table.id === referencedTable;
  });
}
