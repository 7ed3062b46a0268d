import type { Config } from '../config/resolve.ts';
import type { MigrationsOptions } from '../sources/migrations/migrations.ts';
import { snapshot } from '../sources/snapshot/snapshot.ts';
import type { Source } from '../sources/source.ts';
import type { AuditArguments } from './arguments/audit.ts';
import { auditAndReport } from './audit-report.ts';
import { databaseSource } from './database-source.ts';
import { databaseUrl } from './database-url.ts';
import type { Io } from './io.ts';
import { targetsOf } from './targets.ts';

/** `ddlint audit`: audits a running database. @returns the exit code: 0, or 1 for findings at or above --fail-on */
export function auditDatabase(options: AuditArguments, io: Io): Promise<0 | 1> {
  return auditAndReport((config) => ({ source: sourceOf(options, config, io), onlyFiles: null }), options, io);
}

function sourceOf(options: AuditArguments, config: Config, io: Io): Source {
  const { exposedSchemas } = config;
  const migrations = migrationsOf(options, config, io);
  if (options.snapshot === undefined) {
    const { platform, timeout, quiet } = options;
    return databaseSource(databaseUrl(options, io), { platform, timeout, quiet, ...migrations }, config, io);
  }
  return snapshot({
    file: options.snapshot,
    cwd: io.cwd,
    ...(exposedSchemas ? { exposedSchemas } : {}),
    ...migrations,
  });
}

function migrationsOf(options: AuditArguments, config: Config, io: Io): { readonly migrations?: MigrationsOptions } {
  const { paths } = targetsOf(options.migrations, io.cwd);
  if (paths.length === 0) return {};
  const { exposedSchemas, exposure } = config;
  const platform = options.platform ?? config.platform;
  return { migrations: { platform, exposure, paths, cwd: io.cwd, ...(exposedSchemas ? { exposedSchemas } : {}) } };
}
