import { SourceError } from '../../errors.ts';
import { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { loadPlatform, type PlatformName } from '../../platform/platform.ts';
import { display } from '../../sql/name.ts';
import { prepare } from '../migrations/prepare.ts';
import type { Reading } from '../source.ts';
import type { CatalogConnection } from './catalog/catalog-connection.ts';
import { versionedSql } from './catalog/versioned-sql.ts';
import { CATALOG_LIMITS, type CatalogLimits, inTransaction } from './catalog-transaction.ts';
import { failureCode, isFromChange } from './connection/connection-failure.ts';
import { markPlatformObjects } from './platform-objects.ts';
import { type AppliedMigration, type CatalogReading, readCatalog } from './read-catalog.ts';

export interface DatabaseOptions {
  readonly platform: PlatformName | 'auto';
  readonly exposedSchemas?: readonly string[];
  readonly limits?: CatalogLimits;
  /** Read the history of the Supabase CLI as well. */
  readonly history?: boolean;
}

export interface DatabaseReading extends Reading {
  readonly builder: SchemaBuilder;
  readonly serverMajor: number;
  /** What the Supabase CLI applied; undefined where it never ran, or was not asked for. */
  readonly applied: readonly AppliedMigration[] | undefined;
}

const NEWEST = 18;

/** A database as a source gives it, over a connection that somebody else opens and closes. */
export async function readDatabase(connection: CatalogConnection, options: DatabaseOptions): Promise<DatabaseReading> {
  const started = performance.now();
  const read = await readSteady(connection, options).catch(async (error: unknown) => {
    throw failureCode(error) === '55P03' ? await withLockHolders(error, connection, options.limits) : error;
  });
  const { graph, builder, serverVersion } = read;
  const serverMajor = Math.floor(serverVersion / 10_000);
  const name = options.platform === 'auto' ? platformOf(graph) : options.platform;
  const platform = loadPlatform(name);
  const bare = new SchemaBuilder();
  prepare(bare, { platform: name, exposure: platform.exposure });
  markPlatformObjects(builder, platform, bare.graph);
  const whole = performance.now() - started;
  return {
    graph,
    builder,
    serverMajor,
    applied: read.applied,
    journal: [],
    migrations: [],
    statements: [],
    provides: new Set(['statistics', 'privileges']),
    texts: new Map(),
    notUnderstood: graph.doubts.map(({ what, at }) => ({ what, at })),
    notChecked: read.notChecked,
    doubts: graph.doubts,
    counts: { files: 0, statements: 0, rejected: 0, passedOver: 0 },
    platform: name,
    ...exposure(read, options, name),
    migrationTool: 'none',
    server: `PostgreSQL ${serverMajor}.${serverVersion % 10_000}`,
    phases: [
      { what: 'waiting for the server', milliseconds: read.waited },
      { what: 'building the graph', milliseconds: whole - read.waited },
    ],
  };
}

const ATTEMPTS = 3;

/**
 * The rows are of one snapshot, but what pg_get_expr and its like print is of the moment: they fail for what another session
 * drops meanwhile. A migration is over soon.
 */
async function readSteady(connection: CatalogConnection, options: DatabaseOptions): Promise<CatalogReading> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readCatalog(connection, options);
    } catch (error) {
      if (attempt === ATTEMPTS || !isFromChange(error)) throw error;
    }
  }
}

/** A Supabase project has the schema of its users and the roles of its API. */
function platformOf(graph: SchemaGraph): PlatformName {
  const roles = ['anon', 'authenticated', 'service_role'];
  const isSupabase =
    graph.global('schema', 'auth') !== undefined && roles.every((role) => graph.global('role', role) !== undefined);
  return isSupabase ? 'supabase' : 'postgres';
}

function exposure(
  { exposedSchemas, serverVersion }: CatalogReading,
  options: DatabaseOptions,
  platform: PlatformName,
): Pick<Reading, 'exposedSchemas' | 'notes'> {
  const known = options.exposedSchemas ?? exposedSchemas;
  const major = Math.floor(serverVersion / 10_000);
  const notes = [
    ...(major > NEWEST ? [`The server is PostgreSQL ${major}, newer than ddlint knows: it is read as ${NEWEST}.`] : []),
    ...(known === undefined && platform === 'supabase'
      ? [
          'The database does not say which schemas its API serves; public is taken. exposedSchemas in the configuration says it.',
        ]
      : []),
  ];
  return { exposedSchemas: known ?? (platform === 'supabase' ? ['public'] : []), notes };
}

interface LockHolder {
  readonly pid: number;
  readonly schema: string;
  readonly name: string;
}

/** Whose lock it was, if it is still held. */
async function withLockHolders(
  failure: unknown,
  connection: CatalogConnection,
  limits: CatalogLimits = CATALOG_LIMITS,
): Promise<unknown> {
  const holders = await inTransaction(connection, limits, (version) =>
    connection.query<LockHolder>(versionedSql('lock-holders', version)),
  ).catch(() => []);
  const sentences = holders.map(({ pid, ...name }) => ` Session ${pid} holds ${display(name)}.`);
  return new SourceError(`${(failure as Error).message}${sentences.join('')}`, { cause: failure });
}
