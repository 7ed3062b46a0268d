import { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { loadParser } from '../../sql/parse.ts';
import { buckets } from './catalog/buckets.ts';
import { casts } from './catalog/casts.ts';
import { Catalog } from './catalog/catalog.ts';
import type { CatalogConnection } from './catalog/catalog-connection.ts';
import { type CatalogPart, readPart } from './catalog/catalog-part.ts';
import { CatalogRows } from './catalog/catalog-rows.ts';
import { checkConstraints } from './catalog/check-constraints.ts';
import { columns } from './catalog/columns.ts';
import { compositeTypes } from './catalog/composite-types.ts';
import { COUNTER_QUERIES, readCounters } from './catalog/counters.ts';
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
import { doubtUnreadable } from './catalog/unreadable.ts';
import { views } from './catalog/views.ts';
import { CATALOG_LIMITS, type CatalogLimits, inTransaction } from './catalog-transaction.ts';

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

const QUERIES = [...[...OBJECTS, ...PARTS].map((part) => part.query), ...COUNTER_QUERIES, 'exposed-schemas'];

/** The tables of which rows are read besides, where they are there and the role may. */
const OPTIONAL = [
  { table: 'storage.buckets', query: 'buckets', needs: ['id', 'public'], what: 'Storage buckets' },
  {
    table: 'supabase_migrations.schema_migrations',
    query: 'applied-migrations',
    needs: ['version', 'name', 'statements'],
    what: 'Which migrations were applied',
  },
] as const;

/** A row of supabase_migrations.schema_migrations. */
export interface AppliedMigration {
  readonly version: string;
  readonly name: string | null;
  /** Null where the history was repaired, or an old CLI applied it. */
  readonly statements: readonly string[] | null;
}

export interface CatalogReading {
  readonly graph: SchemaGraph;
  /** For what is known from elsewhere: whose an object is, where it was made. */
  readonly builder: SchemaBuilder;
  /** server_version_num: 180004 is 18.4. */
  readonly serverVersion: number;
  /** The database's own word on what its API serves (PostgREST's pgrst.db_schemas). */
  readonly exposedSchemas: readonly string[] | undefined;
  /** Undefined where the Supabase CLI never ran, or was not asked for. */
  readonly applied: readonly AppliedMigration[] | undefined;
  /** What the role may not read, a sentence each. */
  readonly notChecked: readonly string[];
  /** Milliseconds in which there was nothing to do but to wait for the server. */
  readonly waited: number;
}

export interface CatalogOptions {
  readonly limits?: CatalogLimits;
  /** Read the history of the Supabase CLI as well. */
  readonly history?: boolean;
}

/**
 * Reads a database's catalog into a graph: one query for each kind, in one read-only snapshot. The server goes on with the next
 * kind while one is read; what needs every kind waits until the snapshot has ended. Nothing is written; of tables that are no
 * catalogs only storage.buckets and the CLI's history are looked at. For PostgreSQL 13 to 18.
 */
export async function readCatalog(
  connection: CatalogConnection,
  { limits = CATALOG_LIMITS, history = false }: CatalogOptions = {},
): Promise<CatalogReading> {
  const builder = new SchemaBuilder();
  const catalog = new Catalog(builder);
  const rows = new CatalogRows();
  const started = performance.now();
  const read = await inTransaction(connection, limits, async (serverVersion) => {
    rows.waited += performance.now() - started;
    rows.ask(connection, ['optional-tables', ...QUERIES], serverVersion);
    await loadParser();
    const optional = await optionalTables(rows, history);
    rows.ask(connection, optional.readable, serverVersion);
    for (const part of OBJECTS) await readPart(part, rows, catalog);
    for (const part of PARTS) await readPart(part, rows, catalog);
    await readCounters(rows, catalog);
    if (rows.has(buckets.query)) await readPart(buckets, rows, catalog);
    const [exposed] = await rows.take<{ readonly schemas: string }>('exposed-schemas');
    return {
      serverVersion,
      exposedSchemas: exposed && namesIn(exposed.schemas),
      applied: rows.has('applied-migrations') ? await rows.take<AppliedMigration>('applied-migrations') : undefined,
      notChecked: optional.notChecked,
    };
  });
  catalog.runLater();
  doubtUnreadable(catalog);
  return { ...read, graph: builder.graph, builder, waited: rows.waited };
}

interface OptionalTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly can_read: boolean;
}

/** Which of the tables that are no catalogs can be read, as names of queries, and what is said of the others. */
async function optionalTables(rows: CatalogRows, history: boolean) {
  const there = await rows.take<OptionalTable>('optional-tables');
  const wanted = OPTIONAL.filter((each) => history || each.query !== 'applied-migrations').flatMap((each) => {
    const table = there.find(({ name }) => name === each.table);
    return table && each.needs.every((column) => table.columns.includes(column)) ? [{ ...each, ...table }] : [];
  });
  return {
    readable: wanted.filter((each) => each.can_read).map((each) => each.query),
    notChecked: wanted
      .filter((each) => !each.can_read)
      .map((each) => `${each.what}: the role may not read ${each.table}, or row security hides rows of it.`),
  };
}

/** As PostgREST splits its setting. */
function namesIn(text: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim().replace(/^"(.*)"$/, '$1'))
    .filter((each) => each !== '');
}
