import type { Entity, EntityKind, EntityOf } from '../../../../graph/entities/index.ts';
import type { SchemaGraph } from '../../../../graph/schema-graph.ts';
import type { SchemaNames } from '../shown-clause.ts';
import type { Value } from '../value.ts';

/** One row: column names to values. */
export type Columns = Readonly<Record<string, Value>>;
/** What makes the rows of one catalog. */
export type RowsOf = (
  graph: SchemaGraph,
  offeredExtensions: readonly string[] | null,
  schemas: SchemaNames,
) => Iterable<Columns>;

/** Rows of what is only assumed to exist. */
const presumed = new WeakSet<object>();

/** Is the row there only if what the history did not make exists all the same? */
export function isPresumed(row: ReadonlyMap<string, Value>): boolean {
  return presumed.has(row);
}

const rows = new WeakMap<Columns, ReadonlyMap<string, Value>>();

/** The row as queries read it; the same one each time for what is shown again. */
export function rowOf(columns: Columns): ReadonlyMap<string, Value> {
  const known = rows.get(columns);
  if (known !== undefined) return known;
  const row = new Map(Object.entries(columns));
  if (presumed.has(columns)) presumed.add(row);
  rows.set(columns, row);
  return row;
}

/** A row for each entity of these kinds, but for those of which there is none. */
export function* each<K extends EntityKind>(
  graph: SchemaGraph,
  kinds: readonly K[],
  row: (entity: EntityOf<K>) => Columns | undefined,
): Iterable<Columns> {
  for (const kind of kinds) {
    for (const entity of graph.ofKind(kind)) {
      const columns = row(entity);
      if (columns === undefined) continue;
      if (entity.isAssumed === true || graph.parent(entity)?.isAssumed === true) presumed.add(columns);
      yield columns;
    }
  }
}

/** A row of what may be there besides. */
export function presume(columns: Columns): Columns {
  presumed.add(columns);
  return columns;
}

export const CONSTRAINTS = [
  'primaryKey',
  'uniqueConstraint',
  'foreignKey',
  'checkConstraint',
  'exclusionConstraint',
] as const;

/** The table or domain of a constraint. */
export function owner(entity: EntityOf<(typeof CONSTRAINTS)[number]>): Entity['id'] {
  return entity.kind === 'checkConstraint' ? entity.on : entity.table;
}

/** The name of a relation; empty for what has none of that kind. */
export function named(graph: SchemaGraph, id: Entity['id']): { readonly schema: string; readonly name: string } {
  const found = graph.find(id);
  return found && 'name' in found && typeof found.name === 'object' ? found.name : { schema: '', name: '' };
}
