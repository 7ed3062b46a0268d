import type { Node, RawStmt } from '@pgsql/types';
import { loadModule } from 'libpg-query';
import { parseText } from './grammar.ts';
import { DEFAULT_LIMITS, type SqlLimits } from './limits.ts';
import type { SourceLocation } from './location.ts';
import { nestingBound } from './nesting.ts';
import { relocate } from './relocate.ts';
import { type Piece, splitSql } from './split.ts';
import { skipBlank, tokenEnd } from './token.ts';
import { utf8Length } from './utf8.ts';

export { DEFAULT_LIMITS, MAX_FILE_BYTES, type SqlLimits } from './limits.ts';

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

/** A statement that the grammar refuses. */
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
  readonly what: 'psql-meta-command' | 'copy-data' | 'too-large' | 'too-deep';
  readonly message: string;
}

/** Each list is in the file's order; every piece of the file is in exactly one of them. */
export interface SqlReading {
  readonly statements: readonly ParsedStatement[];
  readonly rejected: readonly RejectedStatement[];
  readonly passedOver: readonly PassedOver[];
}

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
  };
  let batch: Piece[] = [];
  for (const piece of splitSql(text)) {
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
  return { statements: reader.statements, rejected: reader.rejected, passedOver: reader.passedOver };
}

interface Reader {
  readonly text: string;
  readonly file: string;
  readonly limits: SqlLimits;
  index: number;
  readonly statements: ParsedStatement[];
  readonly rejected: RejectedStatement[];
  readonly passedOver: PassedOver[];
}

function locate(reader: Reader, start: number, end: number): SourceLocation {
  return { file: reader.file, start, end };
}

function whyPassedOver({ text, limits }: Reader, piece: Piece): Pick<PassedOver, 'what' | 'message'> | undefined {
  if (piece.kind === 'psql-meta-command') {
    return { what: piece.kind, message: 'This is a command of psql, not SQL; it was passed over.' };
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

function tooDeep(limits: SqlLimits): Pick<PassedOver, 'what' | 'message'> {
  const message = `This statement is nested too deeply; statements over ${limits.nesting} levels deep are passed over.`;
  return { what: 'too-deep', message };
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
    const outcome = parseStretch(reader, first.start, last.end);
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

interface Parsed {
  readonly node: Node;
  /** Where the grammar's own range for it starts: after the semicolon before it. */
  readonly from: number;
  readonly to: number;
}

type Outcome =
  | { readonly ok: true; readonly parsed: readonly Parsed[] }
  | { readonly ok: false; readonly message: string; readonly errorAt: number; readonly exhausted: boolean };

/**
 * Parses text[start, end). What is handed over is preceded by blanks, as many as make the grammar's offsets those of the
 * file where that is cheap, and at least one (see `parseText`).
 */
function parseStretch({ text }: Reader, start: number, end: number): Outcome {
  const padding = start > 0 && start <= end - start ? start : 1;
  const base = start - padding;
  const grammar = parseText(' '.repeat(padding) + text.slice(start, end));
  if (!grammar.ok) return { ...grammar, errorAt: Math.max(start, grammar.offset + base) };
  const { statements, offsets } = grammar;
  const place = (offset: number): number => (offsets?.[offset] ?? offset) + base;
  const moved = base !== 0 || offsets !== undefined;
  return { ok: true, parsed: statements.flatMap((statement) => parsedOf(statement, place, end, moved)) };
}

function parsedOf(raw: RawStmt, place: (offset: number) => number, end: number, moved: boolean): Parsed[] {
  if (raw.stmt === undefined) return [];
  if (moved) relocate(raw.stmt, place);
  const from = raw.stmt_location ?? 0;
  return [{ node: raw.stmt, from: place(from), to: raw.stmt_len === undefined ? end : place(from + raw.stmt_len) }];
}

/** Whether the splitter and the grammar cut the same statements. */
function agrees(pieces: readonly Piece[], parsed: readonly Parsed[]): boolean {
  if (pieces.length !== parsed.length) return false;
  return parsed.every(({ from, to }, index) => {
    const piece = pieces[index];
    return piece !== undefined && from <= piece.start && piece.end <= to;
  });
}

function add(reader: Reader, node: Node, { start, end }: Pick<Piece, 'start' | 'end'>): void {
  const [kind = ''] = Object.keys(node);
  reader.statements.push({ index: reader.index++, kind, node, at: locate(reader, start, end) });
}

/** Files what became of one piece that was parsed alone; the grammar may see several statements in it, or none. */
function settle(reader: Reader, piece: Piece, outcome: Outcome): void {
  const { text } = reader;
  const at = locate(reader, piece.start, piece.end);
  if (!outcome.ok && outcome.exhausted) {
    reader.passedOver.push({ at, ...tooDeep(reader.limits) });
    reader.index++;
  } else if (!outcome.ok) {
    const { errorAt } = outcome;
    const message = PSQL_VARIABLE.test(text.slice(errorAt, errorAt + 3))
      ? psqlVariable(text, errorAt)
      : outcome.message;
    reader.rejected.push({
      index: reader.index++,
      at,
      message,
      errorAt: locate(reader, errorAt, tokenEnd(text, errorAt, piece.end)),
    });
  } else if (outcome.parsed.length === 1 && outcome.parsed[0] !== undefined) add(reader, outcome.parsed[0].node, piece);
  else if (outcome.parsed.length === 0) {
    const errorAt = locate(reader, piece.end, piece.end);
    reader.rejected.push({ index: reader.index++, at, message: 'The grammar finds no statement here.', errorAt });
  } else {
    for (const { node, from, to } of outcome.parsed) {
      const start = skipBlank(text, Math.max(from, piece.start), to);
      add(reader, node, { start, end: lastTokenEnd(text, start, to) });
    }
  }
}

function lastTokenEnd(text: string, start: number, end: number): number {
  let last = start;
  for (let at = start; at < end; at = skipBlank(text, last, end)) last = tokenEnd(text, at, end);
  return last;
}

const PSQL_VARIABLE = /^:["']?[A-Za-z_]|^:\{/;

function psqlVariable(text: string, offset: number): string {
  const name = text.slice(offset, tokenEnd(text, offset + 1));
  return `${name} is a variable of psql; only psql can put its value here.`;
}
