export { type LineColumn, LineIndex } from './line-index.ts';
export { tokenEnd } from './token.ts';
export { utf8Length, utf16Offsets } from './utf8.ts';

/** A place in a source text: UTF-16 offsets, half open. `file` is the path as shown to people (relative, forward slashes). */
export interface SourceLocation {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}
