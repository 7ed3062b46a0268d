import type { Config } from '../config/resolve.ts';
import type { MigrationsOptions } from '../sources/migrations/migrations.ts';
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
export async function auditBegun(
  options: AuditArguments,
  paths: readonly string[],
  io: Io,
  begun: BegunReading | undefined,
): Promise<0 | 1> {
  const sourceOf = options.snapshot === undefined ? databaseFor : await snapshotFor(options.snapshot);
  return auditAndReport(
    (config) => ({ source: sourceOf({ options, paths, config, io, begun }), onlyFiles: null }),
    options,
    io,
  );
}

interface Asked {
  readonly options: AuditArguments;
  readonly paths: readonly string[];
  readonly config: Config;
  readonly io: Io;
  readonly begun: BegunReading | undefined;
}

function databaseFor(asked: Asked): Source {
  const { options, config, io, begun } = asked;
  const { platform, timeout, quiet } = options;
  const migrations = migrationsOf(asked);
  return databaseSource(databaseUrl(options, io), { platform, timeout, quiet, ...migrations }, config, io, begun);
}

/** What checks a snapshot is as large as all the rules. */
async function snapshotFor(file: string): Promise<(asked: Asked) => Source> {
  const { snapshot } = await import('../sources/snapshot/snapshot.ts');
  return (asked) => {
    const { exposedSchemas } = asked.config;
    return snapshot({
      file,
      cwd: asked.io.cwd,
      ...(exposedSchemas ? { exposedSchemas } : {}),
      ...migrationsOf(asked),
    });
  };
}

function migrationsOf({ options, paths, config, io }: Asked): { readonly migrations?: MigrationsOptions } {
  if (paths.length === 0) return {};
  const { exposedSchemas, exposure } = config;
  const platform = options.platform ?? config.platform;
  return { migrations: { platform, exposure, paths, cwd: io.cwd, ...(exposedSchemas ? { exposedSchemas } : {}) } };
}
