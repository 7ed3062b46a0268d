import type { Node } from '@pgsql/types';
import type { SourceLocation } from './location.ts';

/** A statement as Postgres' grammar reads it. Every place inside `node` is a UTF-16 offset in the whole file. */
export interface ParsedStatement {
  /** From 0, in the file's order, counting rejected and passed over statements too. */
  readonly index: number;
  /** The parser's tag, e.g. 'CreateStmt'. */
  readonly kind: string;
  /** The tagged node, e.g. `{ CreateStmt: {…} }`. The grammar leaves fields out that are zero, false or empty; -1 is an unknown place. */
  readonly node: Node;
  /** From the first token to the end of the last, without the semicolon. */
  readonly at: SourceLocation;
}

/**
 * A statement that the grammar refuses. Where only the semicolon before a statement is missing, both statements are read, and
 * this is the first word of the second.
 */
export interface RejectedStatement {
  readonly index: number;
  readonly at: SourceLocation;
  readonly message: string;
  /** The token at which the parser stopped; empty at the statement's end. */
  readonly errorAt: SourceLocation;
}

/** What was not given to the grammar, and why. */
export interface PassedOver {
  readonly at: SourceLocation;
  readonly what: 'psql-meta-command' | 'copy-data' | 'too-large' | 'too-deep' | 'template';
  readonly message: string;
}

/** Each list is in the file's order; every piece of the file is in exactly one of them. */
export interface SqlReading {
  readonly statements: readonly ParsedStatement[];
  readonly rejected: readonly RejectedStatement[];
  readonly passedOver: readonly PassedOver[];
}
