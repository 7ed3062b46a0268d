// Over 200 lines: one lexer, kept in one piece because its states refer to each other.
/**
 * Where tokens, comments and blanks end, as Postgres' own scanner sees them (src/backend/parser/scan.l, PG 18),
 * with standard_conforming_strings on. Every function is linear and works for any text: what is not closed ends with the text.
 */

/** The offset after the token that starts at `offset`. Never more than `limit`; at least one past `offset` while text is left. */
export function tokenEnd(text: string, offset: number, limit: number = text.length): number {
  if (offset >= limit) return limit;
  return Math.min(limit, rawTokenEnd(text, offset));
}

/**
 * The offset of the first character from `offset` on that is neither white space nor inside a comment, or `limit`.
 * A block comment that is never closed is no blank but a token, which the grammar refuses.
 */
export function skipBlank(text: string, offset: number, limit: number = text.length): number {
  let at = offset;
  while (at < limit) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) at++;
    else if (code === DASH && text.charCodeAt(at + 1) === DASH) at = lineCommentEnd(text, at);
    else if (code === SLASH && text.charCodeAt(at + 1) === STAR) {
      const end = closedCommentEnd(text, at);
      if (end === undefined) return at;
      at = end;
    } else return at;
  }
  return limit;
}

/** Space, tab, newline, return, form feed and vertical tab: the scanner's white space; other Unicode spaces are letters to it. */
export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Whether an identifier can start with this UTF-16 unit: letters, underscore and everything outside ASCII. */
export function isIdentifierStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code >= 128;
}

/** Whether an identifier can go on with this UTF-16 unit. */
export function isIdentifierPart(code: number): boolean {
  return isIdentifierStart(code) || isDigit(code) || code === DOLLAR;
}

/** `-- …`: the offset of the line end that closes it (which belongs to no comment), or the text's end. */
export function lineCommentEnd(text: string, offset: number): number {
  let at = offset + 2;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
    at++;
  }
  return at;
}

/** The end of a block comment, which nests; the text's end when it is never closed. */
export function blockCommentEnd(text: string, offset: number): number {
  return closedCommentEnd(text, offset) ?? text.length;
}

function closedCommentEnd(text: string, offset: number): number | undefined {
  let depth = 1;
  let at = offset + 2;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === STAR && text.charCodeAt(at + 1) === SLASH) {
      at += 2;
      if (--depth === 0) return at;
    } else if (code === SLASH && text.charCodeAt(at + 1) === STAR) {
      at += 2;
      depth++;
    } else at++;
  }
  return undefined;
}

/** The `$tag$` that opens a dollar quote at `offset`, or undefined when there is none. */
export function dollarTag(text: string, offset: number): string | undefined {
  if (text.charCodeAt(offset) !== DOLLAR) return undefined;
  let at = offset + 1;
  if (text.charCodeAt(at) !== DOLLAR) {
    if (!isIdentifierStart(text.charCodeAt(at))) return undefined;
    while (isIdentifierStart(text.charCodeAt(at)) || isDigit(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) !== DOLLAR) return undefined;
  }
  return text.slice(offset, at + 1);
}

const QUOTE = 39;
const DOUBLE_QUOTE = 34;
const DOLLAR = 36;
const DASH = 45;
const PLUS = 43;
const SLASH = 47;
const STAR = 42;
const BACKSLASH = 92;
const COLON = 58;
const DOT = 46;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function rawTokenEnd(text: string, offset: number): number {
  const code = text.charCodeAt(offset);
  if (isIdentifierStart(code)) return wordEnd(text, offset, code);
  if (code === QUOTE) return stringEnd(text, offset, false);
  if (code === DOUBLE_QUOTE) return quotedIdentifierEnd(text, offset);
  if (code === DOLLAR) return dollarEnd(text, offset);
  if (isDigit(code) || (code === DOT && isDigit(text.charCodeAt(offset + 1)))) return numberEnd(text, offset);
  if (code === COLON) return isColonPair(text.charCodeAt(offset + 1)) ? offset + 2 : offset + 1;
  if (code === DOT) return text.charCodeAt(offset + 1) === DOT ? offset + 2 : offset + 1;
  if (code === SLASH && text.charCodeAt(offset + 1) === STAR) return blockCommentEnd(text, offset);
  if (isOperator(code)) return operatorEnd(text, offset);
  return offset + 1;
}

/** An identifier or keyword, or the prefixed string or identifier (E'', B'', X'', N'', U&'', U&"") that starts like one. */
function wordEnd(text: string, offset: number, first: number): number {
  const next = text.charCodeAt(offset + 1);
  if (next === QUOTE) {
    const letter = first | 32;
    if (letter === 101) return stringEnd(text, offset + 1, true);
    if (letter === 98 || letter === 120 || letter === 110) return stringEnd(text, offset + 1, false);
  } else if (next === 38 && (first | 32) === 117) {
    const quote = text.charCodeAt(offset + 2);
    if (quote === QUOTE) return stringEnd(text, offset + 2, false);
    if (quote === DOUBLE_QUOTE) return quotedIdentifierEnd(text, offset + 2);
  }
  let at = offset + 1;
  while (at < text.length && isIdentifierPart(text.charCodeAt(at))) at++;
  return at;
}

/** A quoted identifier; a doubled quote stands for itself. */
function quotedIdentifierEnd(text: string, offset: number): number {
  let at = text.indexOf('"', offset + 1);
  while (at !== -1) {
    if (text.charCodeAt(at + 1) !== DOUBLE_QUOTE) return at + 1;
    at = text.indexOf('"', at + 2);
  }
  return text.length;
}

/** A string with its continuations on further lines (scan.l, `quotecontinue`). In E'' strings a backslash escapes. */
function stringEnd(text: string, offset: number, escapes: boolean): number {
  let at = escapes ? escapedQuote(text, offset + 1) : text.indexOf("'", offset + 1);
  while (at !== -1) {
    const next = text.charCodeAt(at + 1) === QUOTE ? at + 1 : continuation(text, at + 1);
    if (next === undefined) return at + 1;
    at = escapes ? escapedQuote(text, next + 1) : text.indexOf("'", next + 1);
  }
  return text.length;
}

/** The next quote with no backslash before it; -1 where there is none. */
function escapedQuote(text: string, offset: number): number {
  for (let at = offset; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return -1;
}

/** The offset of the quote that continues a string on a later line, if one does. */
function continuation(text: string, offset: number): number | undefined {
  let at = offset;
  let newline = false;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      newline ||= code === 10 || code === 13;
      at++;
    } else if (code === DASH && text.charCodeAt(at + 1) === DASH) at = lineCommentEnd(text, at);
    else return newline && code === QUOTE ? at : undefined;
  }
  return undefined;
}

function dollarEnd(text: string, offset: number): number {
  const tag = dollarTag(text, offset);
  if (tag !== undefined) {
    const close = text.indexOf(tag, offset + tag.length);
    return close === -1 ? text.length : close + tag.length;
  }
  let at = offset + 1;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

/** Decimal, 0x, 0o and 0b numbers with underscores, fractions and exponents (Postgres docs 4.1.2.6). */
function numberEnd(text: string, offset: number): number {
  let at = offset;
  while (isDigit(text.charCodeAt(at)) || isIdentifierStart(text.charCodeAt(at))) at++;
  if (text.charCodeAt(at) === DOT && text.charCodeAt(at + 1) !== DOT) {
    at++;
    while (isDigit(text.charCodeAt(at)) || isIdentifierStart(text.charCodeAt(at))) at++;
  }
  const sign = text.charCodeAt(at);
  const exponent = (text.charCodeAt(at - 1) | 32) === 101 && (sign === PLUS || sign === DASH);
  if (exponent && isDigit(text.charCodeAt(at + 1)) && text.slice(offset, at).search(/^0[xX]/) === -1) {
    at++;
    while (isDigit(text.charCodeAt(at)) || text.charCodeAt(at) === 95) at++;
  }
  return at;
}

function isColonPair(code: number): boolean {
  return code === COLON || code === 61;
}

const OPERATOR_CHARACTERS = tableOf('~!@#^&|`?+-*/%<>=');
/** The server allows 63 characters. Looking no further keeps a long run of plus signs from costing its square. */
const LONGEST_OPERATOR = 64;
const KEEPS_SIGN = tableOf('~!@#^&|`?%');

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

function isOperator(code: number): boolean {
  return OPERATOR_CHARACTERS[code] === 1;
}

/** An operator ends before a comment starts; a trailing + or - belongs to it only beside certain characters (docs 4.1.3). */
function operatorEnd(text: string, offset: number): number {
  const limit = Math.min(text.length, offset + LONGEST_OPERATOR);
  let keepsSign = false;
  let unsigned = offset + 1;
  let at = offset;
  for (; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (!isOperator(code)) break;
    const next = text.charCodeAt(at + 1);
    if (at > offset && ((code === DASH && next === DASH) || (code === SLASH && next === STAR))) break;
    if (code !== PLUS && code !== DASH) {
      unsigned = at + 1;
      keepsSign ||= KEEPS_SIGN[code] === 1;
    }
  }
  return keepsSign ? at : unsigned;
}
