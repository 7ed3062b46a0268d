import { nextToken, wordAt } from '../cursor.ts';
import type { SourceLocation } from '../location.ts';
import { truncateIdentifier } from '../name.ts';
import { isIdentifierStart, tokenEnd } from '../token.ts';
import type { PlStatement } from './tree.ts';

/** Goes through a PL/pgSQL body token by token. Offsets count in `content`; `location` turns them into the file's. */
export interface PlReader {
  readonly content: string;
  /** Reads statements up to the word that ends their list; here so that what holds statements need not import what reads them. */
  readonly readStatements: (reader: PlReader) => PlStatement[];
  readonly place: (offset: number) => number;
  readonly file: string;
  /** The start of the current token; the content's length at its end. */
  at: number;
  /** The end of the token before. */
  last: number;
  /** How many lists of statements are open. */
  depth: number;
  /** Names of the bound cursors declared in the blocks around, innermost last. */
  readonly cursors: string[];
}

/** The body is not PL/pgSQL. Thrown inside this folder only; `parsePlpgsqlBody` turns it into its answer. */
export class PlSyntaxError extends Error {
  override readonly name = 'PlSyntaxError';
  readonly at: SourceLocation;

  constructor(message: string, at: SourceLocation) {
    super(message);
    this.at = at;
  }
}

export function location(reader: PlReader, start: number, end: number): SourceLocation {
  return {
    file: reader.file,
    start: reader.place(start),
    end: reader.place(Math.max(start, end - 1)) + (end > start ? 1 : 0),
  };
}

export function fail(reader: PlReader, message: string): never {
  const end = tokenEnd(reader.content, reader.at);
  const token = reader.content.slice(reader.at, end);
  const where = token === '' ? 'at the end of the body' : `at or near "${token.slice(0, 63)}"`;
  throw new PlSyntaxError(`${message} ${where}`, location(reader, reader.at, end));
}

/** The current token if it is a bare word, in lower case, else ''. */
export function word(reader: PlReader): string {
  return wordAt(reader.content, reader.at);
}

/** The token after the current one. */
export function peek(reader: PlReader): string {
  const at = nextToken(reader.content, tokenEnd(reader.content, reader.at));
  return reader.content.slice(at, tokenEnd(reader.content, at)).toLowerCase();
}

export function advance(reader: PlReader): void {
  reader.last = tokenEnd(reader.content, reader.at);
  reader.at = nextToken(reader.content, reader.last);
}

export function accept(reader: PlReader, ...words: readonly string[]): boolean {
  const { at, last } = reader;
  for (const expected of words) {
    if (word(reader) !== expected) {
      reader.at = at;
      reader.last = last;
      return false;
    }
    advance(reader);
  }
  return true;
}

export function isMark(reader: PlReader, mark: string): boolean {
  const end = reader.at + mark.length;
  return reader.content.startsWith(mark, reader.at) && tokenEnd(reader.content, reader.at) === end;
}

export function acceptMark(reader: PlReader, mark: string): boolean {
  if (!isMark(reader, mark)) return false;
  advance(reader);
  return true;
}

export function expect(reader: PlReader, ...words: readonly string[]): void {
  for (const expected of words) if (!accept(reader, expected)) fail(reader, `${expected.toUpperCase()} expected`);
}

export function expectMark(reader: PlReader, mark: string): void {
  if (!acceptMark(reader, mark)) fail(reader, `"${mark}" expected`);
}

export function isAtEnd(reader: PlReader): boolean {
  return reader.at >= reader.content.length;
}

/** Reads an identifier, folded as the server does: only A to Z become lower case. */
export function identifier(reader: PlReader): string {
  const start = reader.at;
  const end = tokenEnd(reader.content, start);
  const token = reader.content.slice(start, end);
  if (token.startsWith('"') && token.length > 2) {
    advance(reader);
    return truncateIdentifier(token.slice(1, -1).replaceAll('""', '"'));
  }
  if (!isIdentifierStart(token.charCodeAt(0)) || /['"]/.test(token)) fail(reader, 'a name was expected');
  advance(reader);
  return truncateIdentifier(token.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}
