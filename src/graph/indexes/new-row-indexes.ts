import { type ConstantValue, foldValue } from '../binding/questions/constant-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { checkOutcome, defaultOf, type KnownValues } from '../values/failed-check.ts';
import { followsFromNotNull } from '../values/implication.ts';

/** More than so many that each new row is written to are many. */
export const MANY_INDEXES = 12;

/**
 * The indexes of a table that a new row is written to: not the partial ones into which none goes that has the defaults of the columns they ask for, or of
 * which that depends on what it is given.
 */
export function indexesOfNewRow(graph: SchemaGraph, table: EntityId): readonly EntityOf<'index'>[] {
  const indexes = graph.ownedBy(table, 'index');
  if (indexes.every(({ predicate }) => predicate === null)) return indexes;
  const values: KnownValues = new Map(
    graph.columns(table).flatMap((column) => {
      const value = valueOfNewRow(graph, column);
      return value === undefined ? [] : [[column.id, value] as const];
    }),
  );
  return indexes.filter(({ predicate }) => {
    if (predicate === null || checkOutcome({ expression: predicate }, values) === true) return true;
    return followsFromNotNull(predicate, (id) => graph.get('column', id).notNull);
  });
}

/** What has to be given is not known. Of floating point, that it may be stored as the nearest value is no matter here. */
function valueOfNewRow(graph: SchemaGraph, column: EntityOf<'column'>): ConstantValue | undefined {
  if (column.default === null) return column.notNull ? undefined : defaultOf(graph, column);
  return typeClass(graph, column.type) === 'float' && column.generated === null
    ? foldValue(column.default.tree)
    : defaultOf(graph, column);
}
