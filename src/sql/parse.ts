import { loadModule } from 'libpg-query';
import { asMeant } from './backslash-quotes.ts';
import { DEFAULT_LIMITS, type SqlLimits } from './limits.ts';
import type { SourceLocation } from './location.ts';
import { nestingBound } from './nesting.ts';
import type { PassedOver, SqlReading } from './reading.ts';
import { add, locate, type Reader, settle, tooDeep } from './settle.ts';
import { type Piece, splitSql } from './split.ts';
import { type Parsed, parseStretch } from './stretch.ts';
import { utf8Length } from './utf8.ts';

export { MAX_FILE_BYTES, type SqlLimits } from './limits.ts';
export type { ParsedStatement, RejectedStatement, SqlReading } from './reading.ts';

/** Loads the grammar; must have been awaited before `readSql`. Loads once, however often it is called. */
export async function loadParser(): Promise<void> {
  await loadModule();
}

/**
 * Reads a whole file. Never throws for any text. Stretches of good statements are parsed at once; a stretch with a statement
 * that the grammar refuses is cut around it. `limits.batchLength` 0 parses statement by statement and gives the same result.
 */
export function readSql(text: string, file: string, limits: Partial<SqlLimits> = {}): SqlReading {
  const reader: Reader = {
    text,
    file,
    limits: { ...DEFAULT_LIMITS, ...limits },
    index: 0,
    statements: [],
    rejected: [],
    passedOver: [],
    escapes: new Map(),
  };
  readFrom(reader, 0);
  if (reader.rejected.length > 0 && text.includes("\\'")) readAsMeant(reader);
  return { statements: reader.statements, rejected: reader.rejected, passedOver: reader.passedOver };
}

function readFrom(reader: Reader, start: number): void {
  let batch: Piece[] = [];
  for (const piece of splitSql(reader.text, start)) {
    const passedOver = whyPassedOver(reader, piece);
    const first = batch[0];
    if (
      first !== undefined &&
      (passedOver || first.start === 0 || piece.end - first.start > reader.limits.batchLength)
    ) {
      parseBatch(reader, batch);
      batch = [];
    }
    if (passedOver === undefined) batch.push(piece);
    else {
      reader.passedOver.push({ at: locate(reader, piece.start, piece.end), ...passedOver });
      if (piece.kind === 'statement') reader.index++;
    }
  }
  if (batch.length > 0) parseBatch(reader, batch);
}

/** After so many such statements in one file the rest is read as it stands: each costs another look at all that follows. */
const MOST_MENDED = 50;

/**
 * A quote that a backslash was to escape turns inside and outside of strings for all that follows: the statement is refused, and
 * what is behind it is read as it was meant, if fewer statements are refused then.
 */
function readAsMeant(reader: Reader): void {
  for (let at = 0; at < reader.rejected.length && reader.escapes.size < MOST_MENDED; at++) {
    const refused = reader.rejected[at];
    const meant = refused && asMeant(reader.text, refused.at.start, reader.limits);
    if (refused === undefined || meant === undefined) continue;
    const { text, index } = reader;
    const count = reader.rejected.length;
    const lists = [reader.statements, reader.rejected, reader.passedOver];
    const taken = lists.map((list) => takenFrom<Placed>(list, refused.at.start));
    reader.text = meant.text;
    reader.index = refused.index;
    reader.escapes.set(meant.at, refused.message);
    readFrom(reader, refused.at.start);
    if (reader.rejected.length <= count) continue;
    reader.escapes.delete(meant.at);
    Object.assign(reader, { text, index });
    for (const [which, list] of lists.entries()) {
      takenFrom<Placed>(list, refused.at.start);
      for (const each of taken[which] ?? []) (list as Placed[]).push(each);
    }
  }
}

interface Placed {
  readonly at: SourceLocation;
}

/** Takes what stands at `start` or behind it from the end of the list. */
function takenFrom<Item extends Placed>(list: Item[], start: number): Item[] {
  const first = list.findIndex(({ at }) => at.start >= start);
  return first === -1 ? [] : list.splice(first);
}

function whyPassedOver({ text, limits }: Reader, piece: Piece): Pick<PassedOver, 'what' | 'message'> | undefined {
  if (piece.kind === 'psql-meta-command') {
    const isInclude = /^\\(?:ir?|include(?:_relative)?)\s/.test(text.slice(piece.start, piece.end));
    const message = isInclude
      ? 'This command of psql runs a file that was not found in the project; it was passed over.'
      : 'This is a command of psql, not SQL; it was passed over.';
    return { what: piece.kind, message };
  }
  if (piece.kind === 'copy-data') {
    return { what: piece.kind, message: 'These are data lines of COPY … FROM stdin; they were passed over.' };
  }
  const length = piece.end - piece.start;
  if (length * 3 > limits.statementBytes) {
    const bytes = utf8Length(text.slice(piece.start, piece.end));
    if (bytes > limits.statementBytes) {
      const message = `This statement has ${bytes} bytes; statements over ${limits.statementBytes} bytes are passed over.`;
      return { what: 'too-large', message };
    }
  }
  if (length > limits.nesting && nestingBound(text, piece.start, piece.end) > limits.nesting * 2)
    return tooDeep(limits);
  return undefined;
}

/** How many statements are handed on together after one among their neighbours was refused. */
const SMALL_BATCH = 32;

/** Parses neighbouring statements; each is parsed at most twice with others and once alone. */
function parseBatch(reader: Reader, batch: readonly Piece[]): void {
  const todo: (readonly Piece[])[] = [batch];
  for (let pieces = todo.pop(); pieces !== undefined; pieces = todo.pop()) {
    const first = pieces[0];
    const last = pieces.at(-1);
    if (first === undefined || last === undefined) continue;
    const outcome = parseStretch(reader.text, first.start, last.end);
    if (pieces.length === 1) settle(reader, first, outcome);
    else if (outcome.ok && agrees(pieces, outcome.parsed)) {
      for (const [index, { node }] of outcome.parsed.entries()) add(reader, node, pieces[index] ?? first);
    } else {
      const stop = outcome.ok ? first.start : outcome.errorAt;
      const after = pieces.findIndex((piece) => piece.start > stop);
      const bad = after === -1 ? pieces.length - 1 : Math.max(0, after - 1);
      const rest: (readonly Piece[])[] = [];
      for (let at = bad + 1; at < pieces.length; at += SMALL_BATCH) rest.push(pieces.slice(at, at + SMALL_BATCH));
      todo.push(...rest.reverse(), pieces.slice(bad, bad + 1), pieces.slice(0, bad));
    }
  }
}

/** Whether the splitter and the grammar cut the same statements. */
function agrees(pieces: readonly Piece[], parsed: readonly Parsed[]): boolean {
  if (pieces.length !== parsed.length) return false;
  return parsed.every(({ from, to }, index) => {
    const piece = pieces[index];
    return piece !== undefined && from <= piece.start && piece.end <= to;
  });
}
