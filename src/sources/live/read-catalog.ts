import { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { loadParser } from '../../sql/parse.ts';
import { readBuckets } from './catalog/buckets.ts';
import { casts } from './catalog/casts.ts';
import { Catalog } from './catalog/catalog.ts';
import type { CatalogConnection } from './catalog/catalog-connection.ts';
import { type CatalogPart, readPart } from './catalog/catalog-part.ts';
import { checkConstraints } from './catalog/check-constraints.ts';
import { columns } from './catalog/columns.ts';
import { compositeTypes } from './catalog/composite-types.ts';
import { defaultPrivileges } from './catalog/default-privileges.ts';
import { descriptions } from './catalog/descriptions.ts';
import { eventTriggers } from './catalog/event-triggers.ts';
import { exclusionConstraints } from './catalog/exclusion-constraints.ts';
import { extensionMembers } from './catalog/extension-members.ts';
import { extensions } from './catalog/extensions.ts';
import { foreignDataWrappers } from './catalog/foreign-data-wrappers.ts';
import { foreignKeys } from './catalog/foreign-keys.ts';
import { foreignServers } from './catalog/foreign-servers.ts';
import { foreignTables } from './catalog/foreign-tables.ts';
import { functions } from './catalog/functions.ts';
import { indexes } from './catalog/indexes.ts';
import { materializedViews } from './catalog/materialized-views.ts';
import { minorObjects } from './catalog/minor-objects.ts';
import { operatorClasses } from './catalog/operator-classes.ts';
import { operators } from './catalog/operators.ts';
import { policies } from './catalog/policies.ts';
import { primaryKeys } from './catalog/primary-keys.ts';
import { publications } from './catalog/publications.ts';
import { rewriteRules } from './catalog/rewrite-rules.ts';
import { roles } from './catalog/roles.ts';
import { schemas } from './catalog/schemas.ts';
import { sequences } from './catalog/sequences.ts';
import { statistics } from './catalog/statistics.ts';
import { tables } from './catalog/tables.ts';
import { triggers } from './catalog/triggers.ts';
import { types } from './catalog/types.ts';
import { uniqueConstraints } from './catalog/unique-constraints.ts';
import { views } from './catalog/views.ts';

/** A kind comes after those it points at; expressions come when everything they may name has its place. */
const OBJECTS: readonly CatalogPart<never>[] = [
  ...[descriptions, extensionMembers, roles, schemas, extensions, foreignDataWrappers, foreignServers],
  ...[compositeTypes, tables, foreignTables, views, materializedViews, types, columns, sequences, functions],
  ...[operators, operatorClasses, casts, minorObjects],
];
const PARTS: readonly CatalogPart<never>[] = [
  ...[indexes, primaryKeys, uniqueConstraints, exclusionConstraints, foreignKeys, checkConstraints],
  ...[policies, triggers, rewriteRules, eventTriggers, publications, statistics, defaultPrivileges],
];

export interface CatalogReading {
  readonly graph: SchemaGraph;
  /** server_version_num: 180004 is 18.4. */
  readonly serverVersion: number;
}

/**
 * Reads a database's catalog into a graph: one query for each kind, in one read-only snapshot. Nothing is written; of user
 * tables only storage.buckets is looked at. For PostgreSQL 13 to 18.
 */
export async function readCatalog(connection: CatalogConnection): Promise<CatalogReading> {
  await loadParser();
  await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await connection.query("SET LOCAL search_path = ''");
    return await readAll(connection);
  } finally {
    await connection.query('ROLLBACK');
  }
}

async function readAll(connection: CatalogConnection): Promise<CatalogReading> {
  const [server] = await connection.query<{ readonly version: string }>(
    "select pg_catalog.current_setting('server_version_num') as version",
  );
  const serverVersion = Number(server?.version);
  const builder = new SchemaBuilder();
  const catalog = new Catalog(connection, builder, serverVersion);
  for (const part of OBJECTS) await readPart(part, catalog);
  for (const part of PARTS) await readPart(part, catalog);
  catalog.runLater();
  await readBuckets(catalog);
  return { graph: builder.graph, serverVersion };
}
