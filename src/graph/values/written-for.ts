import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Column = EntityOf<'column'>;

/** The columns that are written to give this one its value: itself, or those that a generated one is computed from. */
export function writtenFor(graph: SchemaGraph, column: Column): readonly Column[] {
  if (column.generated === null) return [column];
  const named = new Set(column.generated.expression.references.map(({ target }) => target));
  return graph.columns(column.relation).filter(({ id }) => named.has(id));
}
