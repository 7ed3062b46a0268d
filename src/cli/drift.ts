import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, loadConfig } from '../config/resolve.ts';
import { drift } from '../drift/drift.ts';
import { certainOf } from '../drift/drift-report.ts';
import { ConfigError } from '../errors.ts';
import { snapshot } from '../sources/snapshot/snapshot.ts';
import type { Reading, Source } from '../sources/source.ts';
import { version } from '../version.ts';
import type { DriftArguments } from './arguments/drift.ts';
import { databaseSource } from './database-source.ts';
import { databaseUrl } from './database-url.ts';
import { type Io, reportWidth, wantsColor } from './io.ts';
import { migrationsSource } from './migrations-source.ts';
import { targetsOf } from './targets.ts';

/** `ddlint drift`: compares two schemas. @returns the exit code: 0, or 1 when they differ */
export async function printDrift(options: DriftArguments, io: Io): Promise<0 | 1> {
  const note = (line: string): void => {
    if (!options.quiet) io.note(line);
  };
  const config = await loadConfig(io.cwd, options.config);
  for (const line of config.notes) note(line);
  const [left, right] = await sourcesOf(options, config, io);
  const report = await drift(left, right);
  for (const line of report.notes) note(line);
  if (options.format === 'json') io.print((await import('../../reports/drift/json.ts')).jsonDrift(report, version()));
  else if (options.format === 'sql')
    io.print(
      (await import('../../reports/drift/sql.ts')).driftScript(report, options.sql === 'left' ? 'left' : 'right'),
    );
  else {
    const { prettyDrift } = await import('../../reports/drift/pretty.ts');
    const width = reportWidth(io);
    io.print(prettyDrift(report, { color: wantsColor(io, options.color), width, sql: options.sql }));
  }
  return certainOf(report).length > 0 ? 1 : 0;
}

async function sourcesOf(options: DriftArguments, config: Config, io: Io): Promise<readonly [Source, Source]> {
  const [first, second] = options.sources;
  if (second !== undefined && (options.dbUrl ?? options.dbUrlFile ?? (options.local || undefined)) !== undefined)
    throw new ConfigError('Two sources and a database: ddlint drift compares two schemas.');
  const make = (given: string | undefined, asked = options): Source => sourceOf(given, asked, config, io);
  const last = (): Source =>
    second === undefined ? databaseSource(databaseUrl(options, io), options, config, io) : make(second);
  const [isFiles, areFiles] = [isMigrations(first, io), second !== undefined && isMigrations(second, io)];
  if (isFiles === areFiles) return [make(first), last()];
  const known = isFiles ? last() : make(first);
  const reading = await known.read();
  const files = await filesFor(reading, (asked) => make(isFiles ? first : second, asked), options, config);
  const read: Source = { name: known.name, read: async () => reading };
  return isFiles ? [files, read] : [read, files];
}

/**
 * Migrations to be compared with what is read already: what was there before the first file, that tells best where neither
 * the arguments nor the configuration do.
 */
async function filesFor(
  other: Reading,
  make: (asked: DriftArguments) => Source,
  options: DriftArguments,
  config: Config,
): Promise<Source> {
  const platform = options.platform ?? (config.platform === 'auto' ? other.platform : config.platform);
  const asked = { ...options, platform };
  const source = make(asked);
  const reading = await source.read();
  const isAsked = (options.exposure ?? config.exposure) !== 'auto';
  if (isAsked || platform !== 'supabase' || isOpen(reading) === isOpen(other))
    return { name: source.name, read: async () => reading };
  const turned = await make({ ...asked, exposure: isOpen(reading) ? 'explicit-grants' : 'legacy' }).read();
  const fitting = isOpen(turned) === isOpen(other) ? turned : reading;
  return { name: source.name, read: async () => fitting };
}

/** Are new tables in public open to the API's roles? */
function isOpen({ graph }: Reading): boolean {
  const anon = graph.global('role', 'anon')?.id;
  return graph
    .ofKind('defaultPrivileges')
    .some(
      ({ role, schema, objects, acl }) =>
        objects === 'table' &&
        graph.get('role', role).name === 'postgres' &&
        schema === graph.global('schema', 'public')?.id &&
        acl.some(({ grantee }) => grantee === anon),
    );
}

function isUrl(given: string): boolean {
  return /^postgres(ql)?:\/\//i.test(given);
}

function isSnapshot(given: string, io: Io): boolean {
  return /\.json$/i.test(given) && !isFolder(resolve(io.cwd, given));
}

function isMigrations(given: string | undefined, io: Io): boolean {
  return given === undefined || (!isUrl(given) && !isSnapshot(given, io));
}

/** What is given: a URL, a snapshot, or migrations; undefined = the migrations of this folder. */
function sourceOf(given: string | undefined, options: DriftArguments, config: Config, io: Io): Source {
  if (given !== undefined && isUrl(given))
    return databaseSource({ url: given, from: 'the URL given' }, options, config, io);
  if (given !== undefined && isSnapshot(given, io)) {
    const { exposedSchemas } = config;
    return snapshot({ file: given, cwd: io.cwd, ...(exposedSchemas ? { exposedSchemas } : {}) });
  }
  const { paths } = targetsOf(given === undefined ? config.paths : [given], io.cwd);
  return migrationsSource(paths, options, config, io);
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
