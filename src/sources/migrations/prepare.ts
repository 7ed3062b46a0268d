import type { EntityOf } from '../../graph/entities/index.ts';
import { SchemaBuilder, type SchemaContents } from '../../graph/schema-builder.ts';
import { loadPlatform, type Platform, type PlatformSql } from '../../platform/platform.ts';
import { explicitGrantsSql } from '../../platform/supabase.ts';
import { predefinedRoles } from '../../platform/system-catalog.ts';
import { readSql } from '../../sql/parse.ts';
import { compiledPlatform } from './compiled-platform.ts';
import { ReplayContext } from './context.ts';
import type { Discovered } from './discovery/discover.ts';
import { InstalledNames } from './installed-names.ts';
import { replayPlatform, runOrThrow } from './replay.ts';
import type { Session } from './session.ts';

/** What is there before the first migration runs: initdb's roles and schemas, then the platform's own SQL, folded like any other. */
export function prepare(
  builder: SchemaBuilder,
  found: Pick<Discovered, 'platform' | 'exposure'>,
): { readonly context: ReplayContext; readonly platform: Platform } {
  const platform = loadPlatform(found.platform, found.exposure);
  const compiled = compiledPlatform(platform);
  if (compiled) builder.adopt(compiled);
  else makeInitialObjects(builder, platform);
  const context = contextOn(builder, platform);
  if (!compiled) runPlatformSql(platform, context);
  return { context, platform };
}

/**
 * The platform's objects made the slow way: what the build writes down for the fast one.
 * @throws Error when a statement of the platform's SQL was not understood or failed: a bug of ours
 */
export function replayedPlatform(found: Pick<Discovered, 'platform' | 'exposure'>): SchemaContents {
  const builder = new SchemaBuilder();
  const platform = loadPlatform(found.platform, found.exposure);
  makeInitialObjects(builder, platform);
  const context = contextOn(builder, platform);
  runPlatformSql(platform, context);
  const [note] = context.notes;
  if (note) throw new Error(`${note.at.file}: ${note.what}`);
  return builder.contents();
}

/** A session of whoever made the database, to be replaced by that of a file. */
export function contextOn(builder: SchemaBuilder, platform: Platform): ReplayContext {
  const { graph } = builder;
  const bootstrap =
    graph.global('role', platform.bootstrapRole) ?? graph.ofKind('role').find((each) => each.isSuperuser);
  if (bootstrap === undefined) throw new Error(`${platform.name} has no role ${platform.bootstrapRole}`);
  const session: Session = {
    searchPath: ['$user', 'public'],
    role: bootstrap.id,
    user: bootstrap.id,
    transaction: null,
    settings: new Map(),
    defaults: { searchPath: ['$user', 'public'], user: bootstrap.id },
  };
  const installed = new InstalledNames(builder.graph, platform.placedExtensions);
  const running = { statement: null, writer: 'platform', text: '', file: '' } as const;
  return new ReplayContext(builder, session, installed, platform.offeredExtensions, running, runOrThrow);
}

/** What Supabase did to all projects on 2026-10-30: from then on a new table is closed to the API roles, as on new projects. */
export function closeNewTables(context: ReplayContext): void {
  runSql([explicitGrantsSql()], context);
}

function runPlatformSql(platform: Platform, context: ReplayContext): void {
  runSql(platform.bootstrapSql(), context);
}

function runSql(files: readonly PlatformSql[], context: ReplayContext): void {
  for (const { name, text } of files) {
    const reading = readSql(text, name);
    if (reading.rejected.length > 0) throw new Error(`${name}: ${reading.rejected[0]?.message}`);
    replayPlatform(reading.statements, text, name, context);
  }
}

function makeInitialObjects(builder: SchemaBuilder, platform: Platform): void {
  const bootstrap = role(builder, platform.bootstrapRole, true);
  const predefined = predefinedRoles().map((name) => role(builder, name, false));
  const databaseOwner = predefined.find((each) => each.name === 'pg_database_owner') ?? bootstrap;
  // pg_monitor is the one predefined role with roles of its own (docs 21.5).
  const monitoring = ['pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables'];
  const monitor = predefined.find((each) => each.name === 'pg_monitor');
  const memberOf = predefined.flatMap((each) =>
    monitoring.includes(each.name) ? [{ role: each.id, admin: false, inherit: true, set: true }] : [],
  );
  if (monitor) builder.alter(monitor, { memberOf }, 'platform');
  for (const name of ['pg_catalog', 'information_schema']) {
    builder.create(
      {
        kind: 'schema',
        name,
        owner: bootstrap.id,
        comment: name === 'pg_catalog' ? 'system catalog schema' : null,
        acl: [
          { grantee: bootstrap.id, privileges: 'UC', grantable: '' },
          { grantee: 'public', privileges: 'U', grantable: '' },
        ],
      },
      'platform',
    );
  }
  // Since PG 15 public belongs to the database's owner, and PUBLIC may only use it (docs 5.10.6).
  builder.create(
    {
      kind: 'schema',
      name: 'public',
      owner: databaseOwner.id,
      comment: 'standard public schema',
      acl: [
        { grantee: databaseOwner.id, privileges: 'UC', grantable: '' },
        { grantee: 'public', privileges: 'U', grantable: '' },
      ],
    },
    'platform',
  );
  builder.create(
    { kind: 'extension', name: 'plpgsql', schema: builder.graph.global('schema', 'pg_catalog')?.id ?? null },
    'platform',
  );
}

function role(builder: SchemaBuilder, name: string, isSuperuser: boolean): EntityOf<'role'> {
  return builder.create(
    {
      kind: 'role',
      name,
      isSuperuser,
      inherits: true,
      canLogin: isSuperuser,
      createsRoles: isSuperuser,
      createsDatabases: isSuperuser,
      replication: isSuperuser,
      bypassesRowSecurity: isSuperuser,
      memberOf: [],
      config: [],
    },
    'platform',
  );
}
