import type { Node } from '@pgsql/types';
import type { SqlLimits } from './limits.ts';
import type { SourceLocation } from './location.ts';
import type { ParsedStatement, PassedOver, RejectedStatement } from './reading.ts';
import { rejectionText } from './rejection.ts';
import type { Piece } from './split.ts';
import { type Outcome, parseStretch } from './stretch.ts';
import { isSpace, skipBlank, tokenEnd } from './token.ts';

/** A file while it is read. */
export interface Reader {
  text: string;
  readonly file: string;
  readonly limits: SqlLimits;
  index: number;
  readonly statements: ParsedStatement[];
  readonly rejected: RejectedStatement[];
  readonly passedOver: PassedOver[];
  /** Where `\'` was to be a quote and is read as one, and what the grammar says of the statement as it stands. */
  readonly escapes: Map<number, string>;
}

export function locate(reader: Reader, start: number, end: number): SourceLocation {
  return { file: reader.file, start, end };
}

export function tooDeep(limits: SqlLimits): Pick<PassedOver, 'what' | 'message'> {
  const message = `This statement is nested too deeply; statements over ${limits.nesting} levels deep are passed over.`;
  return { what: 'too-deep', message };
}

export function add(reader: Reader, node: Node, { start, end }: Pick<Piece, 'start' | 'end'>): void {
  const meant = [...reader.escapes].find(([at]) => at >= start && at < end);
  if (meant !== undefined) {
    const [at, message] = meant;
    reject(reader, { start, end }, at, `${message.replace(/\.$/, '')}${ESCAPES}`);
    return;
  }
  const [kind = ''] = Object.keys(node);
  reader.statements.push({ index: reader.index++, kind, node, at: locate(reader, start, end) });
}

/** Files what became of one piece that was parsed alone; the grammar may see several statements in it, or none. */
export function settle(reader: Reader, piece: Piece, outcome: Outcome): void {
  const { text } = reader;
  let rest: Pick<Piece, 'start' | 'end'> = piece;
  let result = outcome;
  let missing = 0;
  while (!result.ok && missing < MOST_MISSING_SEMICOLONS) {
    const stop = result.errorAt;
    const before = startsStatement(text, stop) ? parseUpTo(reader, rest.start, stop) : undefined;
    if (before === undefined) break;
    add(reader, before.node, before);
    rest = { start: stop, end: piece.end };
    result = parseStretch(reader.text, rest.start, rest.end);
    missing++;
  }
  if (missing > 0 && !outcome.ok) {
    const more = missing > 1 ? `, and before ${missing - 1} more after it` : '';
    const first = { start: outcome.errorAt, end: tokenEnd(text, outcome.errorAt) };
    reject(reader, first, first.start, `${outcome.message}: a semicolon is missing before it${more}`);
  }
  if (!result.ok && result.exhausted) {
    reader.passedOver.push({ at: locate(reader, rest.start, rest.end), ...tooDeep(reader.limits) });
    reader.index++;
  } else if (!result.ok) reject(reader, rest, result.errorAt, result.message);
  else if (result.parsed.length === 0) reject(reader, rest, rest.end, 'The grammar finds no statement here.');
  else if (result.parsed.length === 1 && result.parsed[0] !== undefined) add(reader, result.parsed[0].node, rest);
  else {
    for (const { node, from, to } of result.parsed) {
      const start = skipBlank(text, Math.max(from, rest.start), to);
      add(reader, node, { start, end: lastTokenEnd(text, start, to) });
    }
  }
}

/** After so many in one piece the rest of it is refused: each costs another look at all that follows. */
const MOST_MISSING_SEMICOLONS = 50;

const STATEMENT_WORDS = new Set(
  'alter begin comment commit create delete do drop grant insert refresh reset revoke select set truncate update with'.split(
    ' ',
  ),
);

/** Whether the token is the first of its line and a word that starts statements. */
function startsStatement(text: string, offset: number): boolean {
  let at = offset;
  while (at > 0 && isSpace(text.charCodeAt(at - 1)) && text[at - 1] !== '\n' && text[at - 1] !== '\r') at--;
  const isFirst = at > 0 && isSpace(text.charCodeAt(at - 1));
  return isFirst && STATEMENT_WORDS.has(text.slice(offset, tokenEnd(text, offset)).toLowerCase());
}

/** The one statement in text[start, end), if it is one. */
function parseUpTo(
  reader: Reader,
  start: number,
  end: number,
): (Pick<Piece, 'start' | 'end'> & { node: Node }) | undefined {
  const last = lastTokenEnd(reader.text, start, end);
  const outcome = last > start ? parseStretch(reader.text, start, last) : undefined;
  const node = outcome?.ok === true && outcome.parsed.length === 1 ? outcome.parsed[0]?.node : undefined;
  return node === undefined ? undefined : { node, start, end: last };
}

function reject(reader: Reader, { start, end }: Pick<Piece, 'start' | 'end'>, errorAt: number, message: string): void {
  const { text } = reader;
  reader.rejected.push({
    index: reader.index++,
    at: locate(reader, start, end),
    message: rejectionText(text, errorAt, message),
    errorAt: locate(reader, errorAt, tokenEnd(text, errorAt, end)),
  });
}

const ESCAPES =
  ": a backslash escapes nothing in a plain string, so the string ends behind it (write '' for a quote, or E'…')";

function lastTokenEnd(text: string, start: number, end: number): number {
  let last = start;
  for (let at = start; at < end; at = skipBlank(text, last, end)) last = tokenEnd(text, at, end);
  return last;
}
