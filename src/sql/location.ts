/** A place in a source text: UTF-16 offsets, half open. `file` is the path as shown to people (relative, forward slashes). */
export interface SourceLocation {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** What stands in no file: what a database said, or a snapshot. */
export const NOWHERE: SourceLocation = { file: '', start: 0, end: 0 };
