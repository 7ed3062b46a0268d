import type { Capability } from '../graph/capability.ts';
import type { Change, Doubt, Migration, Statement } from '../graph/journal.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { SourceLocation } from '../sql/location.ts';

/** Text that was read but not understood; every report shows these. */
export interface NotUnderstood {
  /** A full sentence in plain words. */
  readonly what: string;
  readonly at: SourceLocation;
}

/** Counts of what was read; for a migration source statements read + rejected + passed over = statements there. */
export interface ReadCounts {
  readonly files: number;
  readonly statements: number;
  readonly rejected: number;
  readonly passedOver: number;
}

/** What a source gives: the schema, how it came to be, and what could not be told. */
export interface Reading {
  readonly graph: SchemaGraph;
  readonly journal: readonly Change[];
  readonly migrations: readonly Migration[];
  /** Every statement that ran, in order: also those of DO blocks. Empty without the capability `history`. */
  readonly statements: readonly Statement[];
  readonly provides: ReadonlySet<Capability>;
  /** Texts by file, so that reporters can show the line. */
  readonly texts: ReadonlyMap<string, string>;
  readonly notUnderstood: readonly NotUnderstood[];
  readonly doubts: readonly Doubt[];
  readonly counts: ReadCounts;
  /** Remarks on the reading itself (which tool was assumed, which files were skipped), one sentence each. */
  readonly notes: readonly string[];
  readonly platform: 'supabase' | 'postgres';
  readonly exposedSchemas: readonly string[];
  readonly migrationTool: string;
  /** The project says that only the server makes users. Only of files. */
  readonly isSignUpOff?: boolean;
  /** The project says that users come without an e-mail address, or that none do. Only of files. */
  readonly signsUpWithoutEmail?: boolean | null;
  /** Which file beside the migrations installs an extension that none of them does: what runs them. Only of files. */
  readonly installedBeside?: ReadonlyMap<string, string>;
  /** What runs the database, with its version: `PostgreSQL 17.6`. Only of a database. */
  readonly server?: string;
  /** What the source was not allowed to read, or does not hold, a sentence each: it is not checked, and not clean. */
  readonly notChecked?: readonly string[];
  /** Where the time went, for people, in milliseconds. */
  readonly phases?: readonly { readonly what: string; readonly milliseconds: number }[];
}

export interface Source {
  /** For people: "supabase/migrations (42 files)". */
  readonly name: string;
  /** @throws SourceError when it cannot be read at all. */
  read(): Promise<Reading>;
}
