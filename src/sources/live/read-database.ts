import { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { loadPlatform, type PlatformName } from '../../platform/platform.ts';
import { platformContents } from '../migrations/compiled-platform.ts';
import type { Reading } from '../source.ts';
import type { CatalogConnection } from './catalog/catalog-connection.ts';
import { markPlatformObjects } from './platform-objects.ts';
import type { AppliedMigration, CatalogOptions, CatalogReading } from './read-catalog.ts';
import { readWholeCatalog, type WholeCatalog } from './whole-catalog.ts';

/** How what was read is looked at. */
export interface DatabaseView {
  readonly platform: PlatformName | 'auto';
  readonly exposedSchemas?: readonly string[];
}

export type DatabaseOptions = CatalogOptions & DatabaseView;

export interface DatabaseReading extends Reading {
  readonly builder: SchemaBuilder;
  readonly serverMajor: number;
  /** What the Supabase CLI applied; undefined where it never ran, or was not asked for. */
  readonly applied: readonly AppliedMigration[] | undefined;
}

const NEWEST = 18;

/** A database as a source gives it, over a connection that somebody else opens and closes. */
export async function readDatabase(connection: CatalogConnection, options: DatabaseOptions): Promise<DatabaseReading> {
  return viewDatabase(await readWholeCatalog(connection, options), options);
}

/** What was read, as the platform's that it is taken for. */
export async function viewDatabase(read: WholeCatalog, options: DatabaseView): Promise<DatabaseReading> {
  const started = performance.now();
  const { graph, builder, serverVersion } = read;
  const serverMajor = Math.floor(serverVersion / 10_000);
  const name = options.platform === 'auto' ? platformOf(graph) : options.platform;
  const platform = loadPlatform(name);
  const bare = new SchemaBuilder();
  bare.adopt(await platformContents(platform));
  markPlatformObjects(builder, platform, bare.graph);
  const whole = read.milliseconds + performance.now() - started;
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

/** A Supabase project has the schema of its users and the roles of its API. */
function platformOf(graph: SchemaGraph): PlatformName {
  const roles = ['anon', 'authenticated', 'service_role'];
  const isSupabase =
    graph.global('schema', 'auth') !== undefined && roles.every((role) => graph.global('role', role) !== undefined);
  return isSupabase ? 'supabase' : 'postgres';
}

function exposure(
  { exposedSchemas, serverVersion }: CatalogReading,
  options: DatabaseView,
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
