import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The columns that a generated column is made from, which are of the same row; empty for one that is not generated. */
export function generatedFrom(graph: SchemaGraph, column: EntityId): readonly EntityId[] {
  const references = graph.get('column', column).generated?.expression.references ?? [];
  return references.flatMap(({ kind, target }) => (kind === 'column' ? [target] : []));
}
