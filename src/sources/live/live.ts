import { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { loadPlatform, type PlatformName } from '../../platform/platform.ts';
import { prepare } from '../migrations/prepare.ts';
import type { Reading, Source } from '../source.ts';
import type { CatalogConnection } from './catalog/catalog-connection.ts';
import { connect } from './connection/connect.ts';
import { connectionTarget, shownTarget } from './connection/connection-target.ts';
import { markPlatformObjects } from './platform-objects.ts';
import { readCatalog } from './read-catalog.ts';

export interface LiveOptions {
  /** postgresql://user:password@host:port/database?sslmode=… */
  readonly url: string;
  readonly platform: PlatformName | 'auto';
  /** Overrides what the database itself says. */
  readonly exposedSchemas?: readonly string[];
}

/**
 * The catalog of a running database, through `pg`.
 * @throws ConfigError for a URL that cannot be read; it is never part of the message
 */
export function live(options: LiveOptions): Source {
  const name = shownTarget(connectionTarget(options.url));
  return { name, read: () => readLive(options) };
}

const CONNECT_TIMEOUT = 10_000;

async function readLive(options: LiveOptions): Promise<Reading> {
  const connection = await connect(options.url, { connectTimeout: CONNECT_TIMEOUT });
  try {
    const reading = await readDatabase(connection, options);
    return { ...reading, notes: [...connection.notes, ...reading.notes] };
  } finally {
    await connection.close();
  }
}

/** The same over a connection that somebody else opened and closes. */
export async function readDatabase(
  connection: CatalogConnection,
  options: Pick<LiveOptions, 'platform' | 'exposedSchemas'>,
): Promise<Reading> {
  const { graph, builder } = await readCatalog(connection);
  const name = options.platform === 'auto' ? platformOf(graph) : options.platform;
  const platform = loadPlatform(name);
  const bare = new SchemaBuilder();
  prepare(bare, { platform: name, exposure: platform.exposure });
  markPlatformObjects(builder, platform, bare.graph);
  return {
    graph,
    journal: [],
    migrations: [],
    provides: new Set(['statistics', 'privileges']),
    texts: new Map(),
    notUnderstood: [],
    doubts: [],
    counts: { files: 0, statements: 0, rejected: 0, passedOver: 0 },
    notes: [],
    platform: name,
    exposedSchemas: options.exposedSchemas ?? exposedSchemas(graph) ?? platform.exposedSchemas,
    migrationTool: 'none',
  };
}

/** A Supabase project has the schema of its users and the roles of its API. */
function platformOf(graph: SchemaGraph): PlatformName {
  const roles = ['anon', 'authenticated', 'service_role'];
  const isSupabase =
    graph.global('schema', 'auth') !== undefined && roles.every((role) => graph.global('role', role) !== undefined);
  return isSupabase ? 'supabase' : 'postgres';
}

/** What PostgREST serves is a setting of the role it connects as. */
function exposedSchemas(graph: SchemaGraph): readonly string[] | undefined {
  const setting = graph.global('role', 'authenticator')?.config.find(({ name }) => name === 'pgrst.db_schemas');
  const schemas = setting?.value.split(',').map((each) => each.trim().replace(/^"(.*)"$/, '$1'));
  return schemas?.filter((each) => each !== '');
}
