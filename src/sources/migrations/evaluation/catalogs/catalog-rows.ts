import type { SchemaGraph } from '../../../../graph/schema-graph.ts';
import type { SchemaNames } from '../shown-clause.ts';
import { UNKNOWN, type Value } from '../value.ts';
import { INFORMATION_SCHEMA } from './information-schema.ts';
import { each, type RowsOf, rowOf } from './rows.ts';
import { SYSTEM_CATALOGS } from './system-catalogs.ts';

/** The rows of a system catalog or information_schema view as the graph knows them; undefined: not modelled. Oids are entity ids. */
export function catalogRows(
  graph: SchemaGraph,
  offeredExtensions: readonly string[] | null,
  schemas: SchemaNames,
  schema: string | undefined,
  name: string,
): readonly ReadonlyMap<string, Value>[] | undefined {
  const rowsOf = ROWS.get(schema === undefined || schema === 'pg_catalog' ? name : `${schema}.${name}`);
  if (rowsOf === undefined) return undefined;
  return [...rowsOf(graph, offeredExtensions, schemas)].map(rowOf);
}

const ROWS: ReadonlyMap<string, RowsOf> = new Map<string, RowsOf>([
  ...SYSTEM_CATALOGS,
  ...INFORMATION_SCHEMA,
  [
    'storage.buckets',
    (graph) =>
      each(graph, ['bucket'], (bucket) => ({ id: bucket.name, name: bucket.name, public: bucket.isPublic ?? UNKNOWN })),
  ],
]);
