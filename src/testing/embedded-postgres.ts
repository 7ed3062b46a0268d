import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Extension, PGlite } from '@electric-sql/pglite';
import { type Exposure, loadPlatform, type Platform, type PlatformName } from '../platform/platform.ts';
import { standInExtensions, standInFiles } from './stand-in-extensions.ts';

/**
 * A real Postgres 18 in this process (PGlite, in memory), with the platform's objects in it, as the role that user
 * migrations run as. For tests only: nothing in the product loads it.
 *
 * How it differs from a Supabase project: postgres is a superuser here. There it is none, and a server extension
 * (supautils) lets it do what migrations do all the same: create untrusted extensions, event triggers, and policies on
 * storage.objects and realtime.messages. So a statement that the real role is refused for want of a privilege passes here.
 *
 * `create extension` works for what PGlite bundles, for pgvector and for the stand-ins of `stand-in-extensions.ts`; for
 * any other it fails with SQLSTATE 0A000, as on a server that lacks the extension. Nothing is passed over in silence.
 */
export interface EmbeddedPostgres {
  /**
   * Runs one or more statements. Several are one transaction, as in a simple-query message, so statements that must run
   * alone (CREATE INDEX CONCURRENTLY, VACUUM) need a call of their own. A refused statement rejects with the server's
   * error: `message`, `code` (SQLSTATE), `position` (1-based, in characters). A transaction that the SQL itself began stays
   * open, also after an error: roll back before going on.
   */
  exec(sql: string): Promise<void>;
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
  /** The instance itself, for those who speak its wire protocol. */
  readonly pglite: PGlite;
}

export interface EmbeddedPostgresOptions {
  readonly platform?: PlatformName;
  readonly exposure?: Exposure;
}

/** A fresh database. The first one of a kind takes seconds (initdb, bootstrap), the others copy it (under a second). */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const platform = loadPlatform(options.platform ?? 'supabase', options.exposure ?? 'legacy');
  const pglite = await start(platform, { loadDataDir: await template(platform) });
  // PGlite always logs in as the bootstrap superuser.
  await pglite.exec(`set session authorization ${platform.sessionRole}`);
  return {
    pglite,
    exec: async (sql) => void (await pglite.exec(sql)),
    query: async <Row>(sql: string, parameters: readonly unknown[] = []) =>
      (await pglite.query<Row>(sql, [...parameters])).rows,
    close: () => pglite.close(),
  };
}

/** Bootstrapped data directories of this process, one per platform and exposure. */
const templates = new Map<string, Promise<Blob>>();

function template(platform: Platform): Promise<Blob> {
  const key = `${platform.name} ${platform.exposure}`;
  const known = templates.get(key);
  if (known !== undefined) return known;
  const made = readOrMakeTemplate(platform);
  templates.set(key, made);
  return made;
}

/** Kept in the system's temporary folder too, since each test file is a process of its own. */
async function readOrMakeTemplate(platform: Platform): Promise<Blob> {
  const folder = join(tmpdir(), 'ddlint-embedded-postgres');
  const kind = `${platform.name}-${platform.exposure}-`;
  const name = `${kind}${fingerprint(platform)}.tar`;
  if (existsSync(join(folder, name))) return new Blob([readFileSync(join(folder, name))]);
  const dump = await makeTemplate(platform);
  mkdirSync(folder, { recursive: true });
  for (const outdated of readdirSync(folder)) {
    if (outdated.startsWith(kind) && outdated.endsWith('.tar')) rmSync(join(folder, outdated), { force: true });
  }
  // Renamed when it is whole: other processes may be looking.
  const unfinished = join(folder, `${name}.${process.pid}`);
  writeFileSync(unfinished, Buffer.from(await dump.arrayBuffer()));
  renameSync(unfinished, join(folder, name));
  return dump;
}

async function makeTemplate(platform: Platform): Promise<Blob> {
  const { bootstrapRole } = platform;
  // Small WAL segments, so that a copy has less to copy.
  const pglite = await start(platform, {
    initDbStartParams: [`--username=${bootstrapRole}`, '--wal-segsize=1'],
  });
  for (const { text } of platform.bootstrapSql()) await pglite.exec(text);
  if (bootstrapRole !== platform.sessionRole) await pglite.exec(`alter role ${platform.sessionRole} superuser`);
  const dump = await pglite.dumpDataDir('none');
  await pglite.close();
  return dump;
}

/** Changes whenever anything does that goes into a template. */
function fingerprint(platform: Platform): string {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(packageFolder('@electric-sql/pglite'), '..', 'package.json')));
  hash.update(`${platform.name}\0${platform.exposure}`);
  for (const { text } of platform.bootstrapSql()) hash.update(`\0${text}`);
  for (const extension of standInExtensions) for (const { text } of standInFiles(extension)) hash.update(`\0${text}`);
  hash.update(readFileSync(new URL(import.meta.url)));
  return hash.digest('hex').slice(0, 32);
}

async function start(
  platform: Platform,
  options: { readonly loadDataDir?: Blob; readonly initDbStartParams?: string[] },
): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  const searchPath = platform.searchPath.map((schema) => (schema === '$user' ? '"$user"' : schema)).join(', ');
  // A single-user server applies no ALTER ROLE … SET. As a start parameter, RESET ALL comes back to it.
  const startParams = PGlite.defaultStartParams.map((parameter) =>
    parameter.startsWith('search_path=') ? `search_path=${searchPath}` : parameter,
  );
  return PGlite.create({
    ...options,
    startParams,
    username: platform.bootstrapRole,
    extensions: availableExtensions(),
  });
}

/** Archives that PGlite and its pgvector package bring; `spi` holds moddatetime, autoinc, insert_username and refint. */
const BUNDLED = `bloom btree_gin btree_gist citext cube dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch hstore
  intarray isn lo ltree pg_buffercache pg_stat_statements pg_trgm pgcrypto seg spi tablefunc tcn tsm_system_rows
  tsm_system_time unaccent uuid-ossp`.split(/\s+/);

function availableExtensions(): Record<string, URL | Extension> {
  const folder = packageFolder('@electric-sql/pglite');
  const bundled = BUNDLED.map((name) => [name, pathToFileURL(join(folder, `${name}.tar.gz`))] as const);
  return {
    ...Object.fromEntries(bundled),
    vector: pathToFileURL(join(packageFolder('@electric-sql/pglite-pgvector'), 'vector.tar.gz')),
    standIns: { name: 'stand-ins', setup: async (_pglite, options) => ({ emscriptenOpts: withStandIns(options) }) },
  };
}

const EXTENSION_FOLDER = '/pglite/share/postgresql/extension';

interface EmscriptenOptions {
  readonly preRun?: readonly ((module: EmscriptenModule) => void)[];
}

interface EmscriptenModule {
  readonly FS: { mkdirTree(path: string): void; writeFile(path: string, text: string): void };
}

/** Puts the stand-ins' files into the WASM file system before the server starts. */
function withStandIns(options: EmscriptenOptions): EmscriptenOptions {
  const write = ({ FS }: EmscriptenModule) => {
    FS.mkdirTree(EXTENSION_FOLDER);
    for (const extension of standInExtensions) {
      for (const { name, text } of standInFiles(extension)) FS.writeFile(`${EXTENSION_FOLDER}/${name}`, text);
    }
  };
  return { ...options, preRun: [...(options.preRun ?? []), write] };
}

/** The folder of the package's entry module, where its archives lie. */
function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(name));
}
