import type { Config } from '../config/resolve.ts';
import type { MigrationsOptions } from '../sources/migrations/migrations.ts';
import { snapshot } from '../sources/snapshot/snapshot.ts';
import type { Source } from '../sources/source.ts';
import type { AuditArguments } from './arguments/audit.ts';
import { auditAndReport } from './audit-report.ts';
import type { BegunReading } from './begun-reading.ts';
import { databaseSource } from './database-source.ts';
import { databaseUrl } from './database-url.ts';
import type { Io } from './io.ts';

/**
 * Audits a database, or a snapshot of one.
 * @param paths the files that made it, where they are known
 * @param begun its reading, where it goes on already
 */
export function auditBegun(
  options: AuditArguments,
  paths: readonly string[],
  io: Io,
  begun: BegunReading | undefined,
): Promise<0 | 1> {
  return auditAndReport(
    (config) => ({ source: sourceOf(options, paths, config, io, begun), onlyFiles: null }),
    options,
    io,
  );
}

function sourceOf(
  options: AuditArguments,
  paths: readonly string[],
  config: Config,
  io: Io,
  begun: BegunReading | undefined,
): Source {
  const { exposedSchemas } = config;
  const migrations = migrationsOf(options, paths, config, io);
  if (options.snapshot === undefined) {
    const { platform, timeout, quiet } = options;
    return databaseSource(databaseUrl(options, io), { platform, timeout, quiet, ...migrations }, config, io, begun);
  }
  return snapshot({
    file: options.snapshot,
    cwd: io.cwd,
    ...(exposedSchemas ? { exposedSchemas } : {}),
    ...migrations,
  });
}

function migrationsOf(
  options: AuditArguments,
  paths: readonly string[],
  config: Config,
  io: Io,
): { readonly migrations?: MigrationsOptions } {
  if (paths.length === 0) return {};
  const { exposedSchemas, exposure } = config;
  const platform = options.platform ?? config.platform;
  return { migrations: { platform, exposure, paths, cwd: io.cwd, ...(exposedSchemas ? { exposedSchemas } : {}) } };
}
