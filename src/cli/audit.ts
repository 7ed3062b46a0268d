import type { AuditArguments } from './arguments/audit.ts';
import { beginReading } from './begun-reading.ts';
import { databaseUrl } from './database-url.ts';
import type { Io } from './io.ts';
import { targetsOf } from './targets.ts';

/** `ddlint audit`: audits a running database. @returns the exit code: 0, or 1 for findings at or above --fail-on */
export async function auditDatabase(options: AuditArguments, io: Io): Promise<0 | 1> {
  const { paths } = targetsOf(options.migrations, io.cwd);
  // What is wrong with files is said before anybody is asked for anything.
  const isAlone = options.snapshot === undefined && paths.length === 0;
  const begun = isAlone ? beginReading(databaseUrl(options, io), options.timeout, io) : undefined;
  try {
    // Rules and graph are loaded behind it.
    return await (await import('./audit-database.ts')).auditBegun(options, paths, io, begun);
  } finally {
    begun?.abandon();
  }
}
