import { askedOnce } from '../asked-once.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { isIndexedEquality } from '../query-shapes/column-tests.ts';
import type { VectorDistance } from '../query-shapes/query.ts';
import { type QueryHolder, queriesInSchema } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { indexServing } from './index-coverage.ts';

/** A query of the schema that asks for the nearest few vectors: `order by embedding <=> $1 limit 10`. */
export interface VectorSearch {
  readonly holder: QueryHolder;
  readonly distance: VectorDistance;
  /** It looks among few rows only: those with one value in a column that an index serves. */
  readonly isNarrowed: boolean;
}

/** The nearest-neighbour searches over a column, in the order of the schema. */
export function vectorSearches(graph: SchemaGraph, column: EntityId): readonly VectorSearch[] {
  return searches(graph).get(column) ?? [];
}

const searches = askedOnce((graph): ReadonlyMap<EntityId, readonly VectorSearch[]> => {
  const byColumn = new Map<EntityId, VectorSearch[]>();
  for (const { holder, query } of queriesInSchema(graph)) {
    if (query.limit === 'none') continue;
    for (const distance of query.distances.filter((each) => each.use === 'order')) {
      const relation = graph.get('column', distance.column).relation;
      const tests = query.sources.filter((each) => each.relation === relation).flatMap((each) => each.tests);
      const isNarrowed = tests.some(
        (each) => isIndexedEquality(each) && indexServing(graph, relation, [each.column]) !== undefined,
      );
      addTo(byColumn, distance.column, { holder, distance, isNarrowed });
    }
  }
  return byColumn;
});
