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
import { readCounters } from './catalog/counters.ts';
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
  /** For what is known from elsewhere: whose an object is, where it was made. */
  readonly builder: SchemaBuilder;
  /** server_version_num: 180004 is 18.4. */
  readonly serverVersion: number;
}

/** Milliseconds after which the server itself ends what takes too long. */
export interface CatalogLimits {
  readonly statement: number;
  /** Waiting for a lock that another session holds (a migration that runs just now). */
  readonly lock: number;
  /** Between two statements, should this process be gone. */
  readonly idle: number;
}

export const CATALOG_LIMITS: CatalogLimits = { statement: 60_000, lock: 5_000, idle: 60_000 };

/**
 * Reads a database's catalog into a graph: one query for each kind, in one read-only snapshot. Nothing is written; of user
 * tables only storage.buckets is looked at. For PostgreSQL 13 to 18.
 *
 * All that is set is set for the transaction: through a pooler the session is somebody else's in a moment.
 */
export async function readCatalog(
  connection: CatalogConnection,
  limits: CatalogLimits = CATALOG_LIMITS,
): Promise<CatalogReading> {
  await loadParser();
  await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    return await readAll(connection, await enter(connection, limits));
  } finally {
    await connection.query('ROLLBACK');
  }
}

/** SET LOCAL in one round trip. @returns the server's version */
async function enter(connection: CatalogConnection, limits: CatalogLimits): Promise<number> {
  const settings = [
    ['search_path', "''"],
    ['application_name', "'ddlint'"],
    ['statement_timeout', `'${limits.statement}'`],
    ['lock_timeout', `'${limits.lock}'`],
    ['idle_in_transaction_session_timeout', `'${limits.idle}'`],
  ];
  const calls = settings.map(([name, value]) => `pg_catalog.set_config('${name}', ${value}, true)`);
  const [server] = await connection.query<{ readonly version: string }>(
    `select ${calls.join(', ')}, pg_catalog.current_setting('server_version_num') as version`,
  );
  return Number(server?.version);
}

async function readAll(connection: CatalogConnection, serverVersion: number): Promise<CatalogReading> {
  const builder = new SchemaBuilder();
  const catalog = new Catalog(connection, builder, serverVersion);
  for (const part of OBJECTS) await readPart(part, catalog);
  for (const part of PARTS) await readPart(part, catalog);
  catalog.runLater();
  await readBuckets(catalog);
  await readCounters(catalog);
  return { graph: builder.graph, builder, serverVersion };
}
