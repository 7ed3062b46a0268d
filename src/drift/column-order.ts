import type { GraphDifference } from '../graph/difference/graph-difference.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';

/**
 * Where two columns of a table stand the other way round: no statement but making the table anew changes that, and nothing
 * that names its columns asks for it. No drift, but said.
 */
export function isColumnOrder({ kind, fact, leftEntity }: GraphDifference, left: SchemaGraph): boolean {
  if (kind !== 'column' || fact !== 'position' || leftEntity === null) return false;
  const of = left.parent(leftEntity)?.kind;
  return of === 'table' || of === 'foreignTable';
}

/** A sentence a table. */
export function columnOrderNotes(differences: readonly GraphDifference[], left: SchemaGraph): readonly string[] {
  const tables = new Set(
    differences.flatMap(({ leftEntity }) => {
      const table = leftEntity === null ? undefined : left.parent(leftEntity);
      return table === undefined ? [] : [left.path(table)];
    }),
  );
  return [...tables].map(
    (each) => `The columns of ${each} stand in another order; only making the table anew changes that. It is no drift.`,
  );
}
