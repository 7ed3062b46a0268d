import type { Node } from '@pgsql/types';
import type { SourceLocation } from './location.ts';

/** An expression that stands in a file. */
export interface WrittenExpression extends Expression {
  readonly at: SourceLocation;
}

/**
 * An SQL expression (or, for views, a query) as Postgres' grammar read it.
 * Every `location` inside `tree` is a UTF-16 offset in the same coordinates as `start` (never a byte offset).
 */
export interface Expression {
  readonly tree: Node;
  /** As written; from a catalog, as pg_get_expr and friends print it. */
  readonly text: string;
  /** The offset of `text[0]` in the coordinates of the tree's locations: the file offset, or 0 for a catalog's text. */
  readonly start: number;
  /** Where it was written; absent when it was read from a catalog. */
  readonly at?: SourceLocation;
}
