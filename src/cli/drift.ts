import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, loadConfig } from '../config/resolve.ts';
import { drift } from '../drift/drift.ts';
import { certainOf } from '../drift/drift-report.ts';
import { ConfigError } from '../errors.ts';
import { snapshot } from '../sources/snapshot/snapshot.ts';
import type { Source } from '../sources/source.ts';
import { version } from '../version.ts';
import type { DriftArguments } from './arguments/drift.ts';
import { databaseSource } from './database-source.ts';
import { databaseUrl } from './database-url.ts';
import { type Io, wantsColor } from './io.ts';
import { migrationsSource } from './migrations-source.ts';
import { targetsOf } from './targets.ts';

/** Widths beyond this make sentences hard to read. */
const WIDEST = 120;

/** `ddlint drift`: compares two schemas. @returns the exit code: 0, or 1 when they differ */
export async function printDrift(options: DriftArguments, io: Io): Promise<0 | 1> {
  const note = (line: string): void => {
    if (!options.quiet) io.note(line);
  };
  const config = await loadConfig(io.cwd, options.config);
  for (const line of config.notes) note(line);
  const [left, right] = sourcesOf(options, config, io);
  const report = await drift(left, right);
  for (const line of report.notes) note(line);
  if (options.format === 'json') io.print((await import('../../reports/drift/json.ts')).jsonDrift(report, version()));
  else {
    const { prettyDrift } = await import('../../reports/drift/pretty.ts');
    const width = Math.min(Math.max(io.columns ?? 100, 40), WIDEST);
    io.print(prettyDrift(report, { color: wantsColor(io, options.color), width, sql: options.sql }));
  }
  return certainOf(report).length > 0 ? 1 : 0;
}

function sourcesOf(options: DriftArguments, config: Config, io: Io): readonly [Source, Source] {
  const [first, second] = options.sources;
  if (second !== undefined && (options.dbUrl ?? options.dbUrlFile ?? (options.local || undefined)) !== undefined)
    throw new ConfigError('Two sources and a database: ddlint drift compares two schemas.');
  const left = sourceOf(first, options, config, io);
  if (second !== undefined) return [left, sourceOf(second, options, config, io)];
  return [left, databaseSource(databaseUrl(options, io), options, config, io)];
}

/** What is given: a URL, a snapshot, or migrations; undefined = the migrations of this folder. */
function sourceOf(given: string | undefined, options: DriftArguments, config: Config, io: Io): Source {
  if (given !== undefined && /^postgres(ql)?:\/\//i.test(given))
    return databaseSource({ url: given, from: 'the URL given' }, options, config, io);
  if (given !== undefined && /\.json$/i.test(given) && !isFolder(resolve(io.cwd, given))) {
    const { exposedSchemas } = config;
    return snapshot({ file: given, cwd: io.cwd, ...(exposedSchemas ? { exposedSchemas } : {}) });
  }
  const { paths } = targetsOf(given === undefined ? config.paths : [given], io.cwd);
  return migrationsSource(paths, options, config, io);
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
