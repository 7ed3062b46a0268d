import { isIdentifierStart, isSpace, skipBlank, tokenEnd } from './token.ts';

/** A stretch of an SQL file, half open in UTF-16 units: from its first token to the end of its last, without the semicolon. */
export interface Piece {
  readonly kind: 'statement' | 'psql-meta-command' | 'copy-data';
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a file into statements, psql meta-commands and the data lines of COPY … FROM stdin, as psql does (psqlscan.l), in one
 * pass. Unlike psql it looks for semicolons in parentheses too, except where the grammar has them: in CREATE RULE … DO (…; …)
 * and in BEGIN ATOMIC … END. So a parenthesis that is never closed costs one statement, not all that follow.
 * Empty statements make no piece; anything else between white space and comments is in exactly one.
 */
export function splitSql(text: string, from = 0): Piece[] {
  const pieces: Piece[] = [];
  let at = skipBlank(text, from);
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === SEMICOLON) at++;
    else if (code === BACKSLASH) {
      const end = lineEnd(text, at);
      pieces.push({ kind: 'psql-meta-command', start: at, end: trimmedEnd(text, at, end) });
      at = COPY_COMMAND.test(text.slice(at, end)) ? splitCopyData(text, end, pieces) : end;
    } else at = splitStatement(text, at, pieces);
    at = skipBlank(text, at);
  }
  return pieces;
}

const SEMICOLON = 59;
const BACKSLASH = 92;
const OPEN = 40;
const CLOSE = 41;

/** How many words of a statement are looked at to know what it is. */
const HEAD = 5;

/** The statement that starts at `start`. */
export function statementAt(text: string, start: number): Piece {
  const pieces: Piece[] = [];
  splitStatement(text, start, pieces);
  return pieces[0] ?? { kind: 'statement', start, end: start };
}

/** Adds the statement that starts at `start`, with its COPY data if it has some; returns where to go on. */
function splitStatement(text: string, start: number, pieces: Piece[]): number {
  const head: string[] = [];
  let kind: HeadKind = 'other';
  let parentheses = 0;
  let blocks = 0;
  let end = start;
  let previous = '';
  let fromStdin = false;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === SEMICOLON && blocks === 0 && !(kind === 'rule' && parentheses > 0)) break;
    if (code === BACKSLASH && ENDS_STATEMENT.test(text.slice(at, at + 12))) break;
    if (code === OPEN) parentheses++;
    else if (code === CLOSE && parentheses > 0) parentheses--;
    const next = tokenEnd(text, at);
    if (isIdentifierStart(code) && (head.length < HEAD || kind !== 'other')) {
      const word = text.slice(at, next).toLowerCase();
      if (head.length < HEAD && head.push(word) >= 2) kind = headKind(head);
      if (kind === 'routine' && parentheses === 0) blocks = blocksAfter(blocks, previous, word);
      else if (kind === 'copy' && parentheses === 0 && word === 'stdin' && previous === 'from') fromStdin = true;
      previous = word;
    } else previous = '';
    end = next;
    at = skipBlank(text, next);
  }
  pieces.push({ kind: 'statement', start, end });
  if (text.startsWith('\\;', at)) return at + 2;
  if (text.charCodeAt(at) !== SEMICOLON) return at;
  return fromStdin ? splitCopyData(text, at + 1, pieces) : at + 1;
}

type HeadKind = 'other' | 'routine' | 'rule' | 'copy';

function headKind(head: readonly string[]): HeadKind {
  if (head[0] === 'copy') return 'copy';
  if (head[0] !== 'create') return 'other';
  const object = head[1] === 'or' ? head[3] : head[1];
  if (object === 'rule') return 'rule';
  return object === 'function' || object === 'procedure' ? 'routine' : 'other';
}

/** Depth of BEGIN ATOMIC … END, in which CASE has an END of its own. */
function blocksAfter(blocks: number, previous: string, word: string): number {
  if (word === 'atomic' && previous === 'begin') return blocks + 1;
  if (blocks > 0 && word === 'case') return blocks + 1;
  return blocks > 0 && word === 'end' ? blocks - 1 : blocks;
}

/** psql's ways to end a statement: \; and its commands that send what was written so far. */
const ENDS_STATEMENT = /^\\(;|(g|gx|gset|gexec|gdesc|crosstabview|watch|bind|parse)(?![a-z]))/;

/** psql's own COPY from the lines that follow it. */
const COPY_COMMAND = /^\\copy\s.*\sfrom\s+p?stdin(?!\w)/i;

/** Data lines start on the line after the COPY statement and end with a line of `\.`, or with the file. */
function splitCopyData(text: string, after: number, pieces: Piece[]): number {
  const newline = lineEnd(text, after);
  if (skipBlank(text, after, newline) < newline) return after;
  const start = nextLine(text, newline);
  let at = start;
  while (at < text.length) {
    const end = lineEnd(text, at);
    if (end - at === 2 && text.startsWith('\\.', at)) {
      pieces.push({ kind: 'copy-data', start, end });
      return end;
    }
    at = nextLine(text, end);
  }
  if (start < text.length) pieces.push({ kind: 'copy-data', start, end: text.length });
  return text.length;
}

function lineEnd(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && text.charCodeAt(at) !== 10 && text.charCodeAt(at) !== 13) at++;
  return at;
}

function nextLine(text: string, lineEnd: number): number {
  return text.startsWith('\r\n', lineEnd) ? lineEnd + 2 : Math.min(lineEnd + 1, text.length);
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}
