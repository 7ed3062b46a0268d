import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { followsFromNotNull } from '../values/implication.ts';

/**
 * The index by which Postgres finds the rows with given values in all of these columns, as the check of a foreign key does
 * (`where a = $1 and b = $2`, which no NULL matches): a btree whose first keys are these columns in any order, or, for one
 * column, a hash index. GiST, SP-GiST (first key) and GIN (any key) serve one column by its equality operator class. A
 * partial index serves when the columns being not null implies its predicate. Invalid indexes serve nobody.
 */
export function indexServing(
  graph: SchemaGraph,
  table: EntityId,
  columns: readonly EntityId[],
): EntityOf<'index'> | undefined {
  return graph.ownedBy(table, 'index').find((index) => serves(graph, index, columns));
}

/**
 * The index that would serve, did it hold all rows: its predicate does not follow from the columns being not null, so Postgres
 * looks at the whole table instead.
 */
export function partialIndexServing(
  graph: SchemaGraph,
  table: EntityId,
  columns: readonly EntityId[],
): EntityOf<'index'> | undefined {
  return graph
    .ownedBy(table, 'index')
    .find((index) => index.isValid && index.predicate !== null && keysServe(graph, index, columns));
}

/** An index that finds by one column of several the rows among which Postgres looks for the values in the others. */
export interface PartServing {
  readonly index: EntityOf<'index'>;
  readonly column: EntityId;
}

/** The indexes that begin with one of these columns, and hold each row that has values in them. */
export function indexesServingPart(
  graph: SchemaGraph,
  table: EntityId,
  columns: readonly EntityId[],
): readonly PartServing[] {
  return graph.ownedBy(table, 'index').flatMap((index): readonly PartServing[] => {
    const column = columns.find((each) => serves(graph, index, [each]));
    return column === undefined ? [] : [{ index, column }];
  });
}

function serves(graph: SchemaGraph, index: EntityOf<'index'>, columns: readonly EntityId[]): boolean {
  if (!index.isValid || !keysServe(graph, index, columns)) return false;
  const { predicate } = index;
  // NOT NULL columns do not count: the planner proves a predicate from the query's conditions alone (predtest.c).
  return predicate === null || followsFromNotNull(predicate, (id) => columns.includes(id));
}

function keysServe(graph: SchemaGraph, index: EntityOf<'index'>, columns: readonly EntityId[]): boolean {
  const usable = index.keys.map((key) => (hasColumnsCollation(graph, key) ? key.column : null));
  switch (index.method) {
    case 'btree': {
      const leading = new Set(usable.slice(0, columns.length));
      return columns.every((each) => leading.has(each));
    }
    case 'gin':
      return columns.length === 1 && usable.some((each) => each === columns[0]);
    case 'hash':
    case 'gist':
    case 'spgist':
      return columns.length === 1 && usable[0] === columns[0];
    default:
      return false;
  }
}

/** The keys by which a search can begin: the first of a btree or hash index, any of the others. */
export function searchedKeys({ method, keys }: EntityOf<'index'>): EntityOf<'index'>['keys'] {
  return method === 'btree' || method === 'hash' ? keys.slice(0, 1) : keys;
}

/** The comparison runs under the column's collation; an index under another one cannot answer it. */
function hasColumnsCollation(graph: SchemaGraph, { column, collation }: EntityOf<'index'>['keys'][number]): boolean {
  if (column === null || collation === null) return true;
  const own = graph.get('column', column).collation;
  return own !== null && own.name === collation.name && own.schema === collation.schema;
}
