import type { Config } from '../config/resolve.ts';
import type { LintArguments } from './arguments/lint.ts';
import { type AuditTarget, auditAndReport } from './audit-report.ts';
import type { Io } from './io.ts';
import { migrationsSource } from './migrations-source.ts';
import { targetsOf } from './targets.ts';

/** `ddlint lint`: audits migrations. @returns the exit code: 0, or 1 for findings at or above --fail-on */
export function lint(options: LintArguments, io: Io): Promise<0 | 1> {
  return auditAndReport((config) => targetOf(options, config, io), options, io);
}

function targetOf(options: LintArguments, config: Config, io: Io): AuditTarget {
  const targets = targetsOf(options.paths.length > 0 ? options.paths : config.paths, io.cwd);
  const source = migrationsSource(targets.paths, options, config, io);
  return { source, onlyFiles: targets.onlyFiles };
}
