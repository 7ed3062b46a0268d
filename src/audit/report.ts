import type { Capability } from '../graph/capability.ts';
import type { EntityKind } from '../graph/entities/index.ts';
import type { Finding } from '../rule/finding.ts';
import type { Category, Confidence, Severity } from '../rule/severity.ts';
import type { SourceLocation } from '../sql/location.ts';

/** What reports say of a rule that ran, beside its findings. */
export interface RuleDescription {
  readonly id: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly summary: string;
  readonly why: string;
  readonly remedy: string;
  readonly equivalents: readonly string[];
  readonly references: readonly string[];
}

/** The result of an audit: plain data, the same for the same input. Findings and rules are in their final order. */
export interface AuditReport {
  /** What was audited, for people. */
  readonly source: string;
  /** What runs the database, with its version; null where none was asked. */
  readonly server: string | null;
  readonly platform: 'supabase' | 'postgres';
  /** The migration tool the files are written for, as detected. */
  readonly migrationTool: string;
  readonly findings: readonly Finding[];
  /** The rules that ran, by id. */
  readonly rules: readonly RuleDescription[];
  /** Rules the source has not enough for. */
  readonly skipped: readonly { readonly ruleId: string; readonly needs: readonly Capability[] }[];
  /** Findings not made because something that was not understood may have changed what they rest on. */
  readonly withheld: readonly {
    readonly ruleId: string;
    readonly count: number;
    readonly doubts: readonly { readonly what: string; readonly at: SourceLocation }[];
  }[];
  /** Findings silenced by comments and by the configuration. */
  readonly ignored: number;
  /** What the source was not allowed to read, a sentence each. */
  readonly notChecked: readonly string[];
  readonly notUnderstood: readonly { readonly what: string; readonly at: SourceLocation }[];
  readonly counts: {
    readonly files: number;
    readonly statements: number;
    readonly rejected: number;
    readonly passedOver: number;
  };
  /** How many objects of the user's were looked at, by kind. */
  readonly objects: ReadonlyMap<EntityKind, number>;
  /** Remarks, one sentence each. */
  readonly notes: readonly string[];
  /** The texts read, by file as shown. */
  readonly texts: ReadonlyMap<string, string>;
  /** The only files whose findings are in the report; null for all. */
  readonly onlyFiles: readonly string[] | null;
}

export interface ReporterOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Every finding, however many a rule has. */
  readonly all: boolean;
  /** Findings below it are left out; the counts still hold them. */
  readonly level: Severity;
  /** ddlint's own version. */
  readonly version: string;
  /** The path from the repository's root to the folder that file names are relative to: '' or 'services/db/'. */
  readonly pathPrefix: string;
  /** A file of the repository at which findings without a place are shown where a format demands one. */
  readonly anchor: string | null;
}

/** Pure: the CLI decides where the text goes. */
export type Reporter = (report: AuditReport, options: ReporterOptions) => string;
