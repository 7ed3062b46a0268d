// What `lint` and `audit` have in common: from a source to a printed report and an exit code.
import { relative, sep } from 'node:path';
import type { Audit } from '../audit/audit.ts';
import { audit } from '../audit/audit.ts';
import type { AuditReport, ReporterOptions } from '../audit/report.ts';
import { projectRoot } from '../config/find.ts';
import { type Config, loadConfig, unknownRule } from '../config/resolve.ts';
import { ConfigError } from '../errors.ts';
import { isAtLeast } from '../rule/severity.ts';
import type { Source } from '../sources/source.ts';
import { version } from '../version.ts';
import type { ReportArguments } from './arguments/report-options.ts';
import { type Io, reportWidth, wantsColor } from './io.ts';
import { reporterFor } from './reporters.ts';

/** What is audited, and of which of its files is reported; null = all. */
export interface AuditTarget {
  readonly source: Source;
  readonly onlyFiles: readonly string[] | null;
}

/** Audits, prints, writes. @returns the exit code: 0, or 1 for findings at or above --fail-on */
export async function auditAndReport(
  targetOf: (config: Config) => AuditTarget,
  options: ReportArguments,
  io: Io,
): Promise<0 | 1> {
  const note = (line: string): void => {
    if (!options.quiet) io.note(line);
  };
  const config = await loadConfig(io.cwd, options.config);
  for (const line of config.notes) note(line);
  for (const id of options.rule) {
    if (!config.rules.some((rule) => rule.id === id)) throw new ConfigError(unknownRule(id, config.rules));
  }
  const outputs = options.output.map(parseOutput);
  const reporter = await reporterFor(options.format, config.reporters);
  const writers = await Promise.all(outputs.map(({ format }) => reporterFor(format, config.reporters)));

  const result = await runAudit(targetOf(config), options, config, io);
  const { report } = result;
  for (const line of report.notes) note(line);
  const reported = io.now();
  const reporterOptions = reporterOptionsFor(options, config, report, io);
  io.print(
    reporter(report, { ...reporterOptions, color: options.format === 'pretty' && wantsColor(io, options.color) }),
  );
  outputs.forEach(({ file }, i) => {
    const text = writers[i]?.(report, { ...reporterOptions, color: false }) ?? '';
    io.write(file, text);
  });
  if (options.timing) {
    for (const line of timingLines(result, { report: io.now() - reported, all: io.now() })) io.note(line);
  }
  const failOn = options.failOn ?? config.failOn;
  return failOn !== 'never' && report.findings.some((finding) => isAtLeast(finding.severity, failOn)) ? 1 : 0;
}

function runAudit(target: AuditTarget, options: ReportArguments, config: Config, io: Io): Promise<Audit> {
  const { clientRoles, tenantColumns } = config;
  return audit(target.source, {
    rules: config.rules,
    selection: { preset: options.preset ?? config.preset, settings: config.settings, only: options.rule },
    ignores: config.ignores,
    ...(clientRoles ? { clientRoles } : {}),
    ...(tenantColumns ? { tenantColumns } : {}),
    ...(target.onlyFiles ? { onlyFiles: target.onlyFiles } : {}),
    ...(options.timing ? { now: io.now } : {}),
  });
}

function parseOutput(text: string): { readonly format: string; readonly file: string } {
  const [, format, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (format === undefined || file === undefined) {
    throw new ConfigError(
      `--output takes FORMAT=FILE, as in --output sarif=ddlint.sarif, not ${JSON.stringify(text)}.`,
    );
  }
  return { format, file };
}

function reporterOptionsFor(
  options: ReportArguments,
  config: Config,
  report: AuditReport,
  io: Io,
): Omit<ReporterOptions, 'color'> {
  const root = projectRoot(io.cwd);
  const prefix = root === null ? '' : relative(root, io.cwd).split(sep).join('/');
  const [firstFile] = report.texts.keys();
  const configFile = config.file === null ? null : relative(io.cwd, config.file).split(sep).join('/');
  return {
    width: reportWidth(io),
    all: options.all,
    level: options.level ?? config.level,
    version: version(),
    pathPrefix: prefix === '' ? '' : `${prefix}/`,
    anchor: firstFile ?? configFile ?? 'package.json',
  };
}

function timingLines(
  { timings, report }: Audit,
  phases: { readonly report: number; readonly all: number },
): readonly string[] {
  const line = (label: string, milliseconds: number): string => `${milliseconds.toFixed(1).padStart(9)} ms  ${label}`;
  const byRule = [...timings.rules].sort(([, a], [, b]) => b - a);
  const replay = timings.read - timings.phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const inRules = byRule.reduce((sum, [, each]) => sum + each, 0);
  // A server is asked before everything is loaded: start-up is what no other phase took.
  const startUp = phases.all - phases.report - inRules - timings.read;
  return [
    line('start-up', startUp),
    ...(report.counts.files === 0
      ? []
      : [line(`read and replay ${report.counts.files} files, ${report.counts.statements} statements`, replay)]),
    ...timings.phases.map(({ what, milliseconds }) => line(what, milliseconds)),
    line(`${byRule.length} rules`, inRules),
    ...byRule.map(([id, each]) => line(`  ${id}`, each)),
    line('report', phases.report),
    line('in all', phases.all),
  ];
}
