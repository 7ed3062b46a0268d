import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { isRestedOn } from '../graph/indexes/index-keys.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { sql } from './sql.ts';

/** Of an index that the fix of another finding may drop as well, as what it makes serves in its place: the two are run one after the other. */
export function dropServed(index: EntityOf<'index'>): string {
  return sql`drop index if exists ${index.name};`;
}

/** The plain indexes of a table that a new one on these columns serves as well: they would only cost. */
export function servedIndexes(
  graph: SchemaGraph,
  table: EntityId,
  columns: readonly EntityOf<'column'>[],
): readonly EntityOf<'index'>[] {
  return graph
    .ownedBy(table, 'index')
    .filter(
      (index) =>
        !index.isUnique &&
        index.method === 'btree' &&
        index.predicate === null &&
        index.constraint === null &&
        index.include.length === 0 &&
        !isRestedOn(graph, index) &&
        index.keys.every((each, i) => each.column === columns[i]?.id && each.opclass === null && !each.descending),
    );
}

/** Behind what takes their place, in the title of the fix: `, and drop the index it replaces`; empty for none. */
export function servedText(served: readonly EntityOf<'index'>[]): string {
  if (served.length === 0) return '';
  return `, and drop the ${served.length === 1 ? 'index' : 'indexes'} it replaces`;
}
