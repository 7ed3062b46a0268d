import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The columns that a generated column is made from, which are of the same row; empty for one that is not generated. */
export function generatedFrom(graph: SchemaGraph, column: EntityId): readonly EntityId[] {
  const references = graph.get('column', column).generated?.expression.references ?? [];
  return references.flatMap(({ kind, target }) => (kind === 'column' ? [target] : []));
}

/** The columns that are written to give this one its value: itself, or those that a generated one is computed from, in the order of the table. */
export function writtenFor(graph: SchemaGraph, column: EntityOf<'column'>): readonly EntityOf<'column'>[] {
  if (column.generated === null) return [column];
  const sources = new Set(generatedFrom(graph, column.id));
  return graph.columns(column.relation).filter(({ id }) => sources.has(id));
}
