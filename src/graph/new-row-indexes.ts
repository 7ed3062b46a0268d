import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { checkOutcome, defaultOf, type KnownValues } from './failed-check.ts';
import { followsFromNotNull } from './implication.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * The indexes of a table that a new row is written to: not the partial ones into which none goes that has the defaults of the columns they ask for, or of
 * which that depends on what it is given.
 */
export function indexesOfNewRow(graph: SchemaGraph, table: EntityId): readonly EntityOf<'index'>[] {
  const indexes = graph.ownedBy(table, 'index');
  if (indexes.every(({ predicate }) => predicate === null)) return indexes;
  const values: KnownValues = new Map(
    graph.columns(table).flatMap((column) => {
      const value = column.notNull && column.default === null ? undefined : defaultOf(graph, column);
      return value === undefined ? [] : [[column.id, value] as const];
    }),
  );
  return indexes.filter(({ predicate }) => {
    if (predicate === null || checkOutcome({ expression: predicate }, values) === true) return true;
    return followsFromNotNull(predicate, (id) => graph.get('column', id).notNull);
  });
}
