import { applyIgnores } from '../engine/apply-ignores.ts';
import { finish } from '../engine/collect.ts';
import { Ignoring, type ObjectIgnore } from '../engine/ignoring.ts';
import { compareText } from '../engine/order.ts';
import { withSchemaPrisma } from '../engine/prisma-fix.ts';
import { run } from '../engine/run.ts';
import { type Selection, select } from '../engine/select.ts';
import { usesPrisma } from '../graph/object-mapper.ts';
import type { AddressedRule } from '../rule/addressed-rule.ts';
import type { Finding } from '../rule/finding.ts';
import type { AuditSettings } from '../rule/rule.ts';
import type { Reading, Source } from '../sources/source.ts';
import type { AuditReport, RuleDescription } from './report.ts';

export { IGNORE_RULES } from '../engine/ignore-rules.ts';
export type { Selection } from '../engine/select.ts';

export interface AuditOptions {
  /** All there are; `selection` says which run. */
  readonly rules: readonly AddressedRule[];
  readonly selection: Selection;
  /** Default: anon, authenticated and PUBLIC on Supabase, else PUBLIC. */
  readonly clientRoles?: readonly string[];
  /** Empty = inferred. */
  readonly tenantColumns?: readonly string[];
  /** Findings that are meant to be so, by rule and object. */
  readonly ignores?: readonly ObjectIgnore[];
  /** Report only what lies in these files, as the source shows them. */
  readonly onlyFiles?: readonly string[];
  /** A clock in milliseconds, to time the rules by. */
  readonly now?: () => number;
}

export interface Audit {
  readonly report: AuditReport;
  /** Milliseconds by rule and for reading; empty without a clock. */
  readonly timings: {
    readonly read: number;
    readonly phases: NonNullable<Reading['phases']>;
    readonly rules: ReadonlyMap<string, number>;
  };
}

/**
 * Reads the source, shows it to the rules, and gives the report.
 * @throws SourceError, ConfigError, RuleError
 */
export async function audit(source: Source, options: AuditOptions): Promise<Audit> {
  const started = options.now?.() ?? 0;
  const reading = await source.read();
  const read = (options.now?.() ?? 0) - started;
  // A habit is told where it begins, which is in another file than those that follow it.
  const selected = select(options.rules, options.selection, options.onlyFiles !== undefined);
  const ignoring = new Ignoring(reading.texts, options.ignores ?? []);
  const walk = run(reading, selected, settingsOf(reading, options), ignoring, options.now);
  const known = new Set(options.rules.map((rule) => rule.id));
  const applied = applyIgnores(walk.drafts, { ...reading, ...walk, known, ignoring });
  const isPrismas = isMadeByPrisma(reading);
  const findings = finish(applied.drafts, isPrismas ? withSchemaPrisma : undefined);
  return {
    report: {
      source: source.name,
      server: reading.server ?? null,
      platform: reading.platform,
      migrationTool: reading.migrationTool,
      findings: inFiles(findings, options.onlyFiles),
      rules: walk.ran.map(describe).sort((a, b) => compareText(a.id, b.id)),
      skipped: walk.skipped,
      withheld: walk.withheld,
      ignored: applied.ignored,
      notChecked: reading.notChecked ?? [],
      notUnderstood: reading.notUnderstood,
      counts: reading.counts,
      objects: walk.objects,
      notes: [...reading.notes, ...applied.notes],
      texts: reading.texts,
      onlyFiles: options.onlyFiles ?? null,
    },
    timings: { read, phases: reading.phases ?? [], rules: walk.timings },
  };
}

/** A history of another tool that has Prisma's table goes by its own files. */
function isMadeByPrisma({ graph, migrationTool }: Reading): boolean {
  return (migrationTool === 'prisma' || migrationTool === 'none') && usesPrisma(graph, migrationTool);
}

function settingsOf(reading: Reading, options: AuditOptions): AuditSettings {
  const { platform, exposedSchemas, migrationTool } = reading;
  return {
    platform,
    exposedSchemas,
    migrationTool,
    isSignUpOff: reading.isSignUpOff === true,
    signsUpWithoutEmail: reading.signsUpWithoutEmail ?? null,
    installedBeside: reading.installedBeside ?? new Map(),
    clientRoles: options.clientRoles ?? (platform === 'supabase' ? ['anon', 'authenticated', 'public'] : ['public']),
    tenantColumns: options.tenantColumns ?? [],
  };
}

/** What stands in the files. Of a finding about several places the first of those in the files is where it is shown. */
function inFiles(findings: readonly Finding[], files: readonly string[] | undefined): readonly Finding[] {
  if (files === undefined) return findings;
  return findings.flatMap((finding): readonly Finding[] => {
    const { origin, related } = finding;
    if (origin.from !== 'statement') return [];
    if (files.includes(origin.at.file)) return [finding];
    const other = related.find(({ isAnother, at }) => isAnother === true && files.includes(at.file));
    if (other === undefined) return [];
    const begins = { note: 'where it begins', at: origin.at };
    return [
      {
        ...finding,
        origin: { ...origin, at: other.at },
        related: [begins, ...related.filter((each) => each !== other)],
      },
    ];
  });
}

export function describe({ id, rule }: AddressedRule): RuleDescription {
  const { category, severity, confidence, summary, why, remedy, equivalents, references } = rule.meta;
  return {
    id,
    category,
    severity,
    confidence: confidence ?? 'certain',
    summary,
    why,
    remedy,
    equivalents: equivalents ?? [],
    references: references ?? [],
  };
}
