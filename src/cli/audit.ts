import type { Config } from '../config/resolve.ts';
import { ConfigError } from '../errors.ts';
import { type LiveOptions, live } from '../sources/live/live.ts';
import type { AuditArguments } from './arguments/audit.ts';
import { type AuditTarget, auditAndReport } from './audit-report.ts';
import { databaseUrl } from './database-url.ts';
import type { Io } from './io.ts';
import { targetsOf } from './targets.ts';

/** `ddlint audit`: audits a running database. @returns the exit code: 0, or 1 for findings at or above --fail-on */
export function auditDatabase(options: AuditArguments, io: Io): Promise<0 | 1> {
  return auditAndReport((config) => targetOf(options, config, io), options, io);
}

function targetOf(options: AuditArguments, config: Config, io: Io): AuditTarget {
  const database = databaseUrl(options, io);
  const { exposedSchemas } = config;
  const shared = { platform: options.platform ?? config.platform, ...(exposedSchemas ? { exposedSchemas } : {}) };
  const { paths } = targetsOf(options.migrations, io.cwd);
  const asked: LiveOptions = {
    ...shared,
    url: database.url,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout * 1000 }),
    ...(paths.length === 0 ? {} : { migrations: { ...shared, paths, cwd: io.cwd, exposure: config.exposure } }),
  };
  const { name } = named(database.from, () => live(asked));
  if (!options.quiet) io.note(`Reading the catalog of ${name} (${database.from}).`);
  const read = () => io.interruptible((signal) => live({ ...asked, signal }).read());
  return { source: { name, read }, onlyFiles: null };
}

/** What is wrong with a URL is said of where it was found. */
function named<T>(from: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`${from}: ${error.message}`, { cause: error }) : error;
  }
}
