import type { RangeVar } from '@pgsql/types';
import type { Relation } from './entities/index.ts';
import type { SchemaGraph } from './schema-graph.ts';

/** The relation that a statement names where no search_path is known of: without a schema, one of public. */
export function writtenRelation(graph: SchemaGraph, range: RangeVar | undefined): Relation | undefined {
  return graph.relation({ schema: range?.schemaname ?? 'public', name: range?.relname ?? '' }) as Relation | undefined;
}
