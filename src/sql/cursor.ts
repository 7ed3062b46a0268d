import { isIdentifierStart, skipBlank, tokenEnd } from './token.ts';

/** Small steps over the tokens of a text, for what reads source text behind a parse tree. Offsets are UTF-16 units. */

/** The word at `offset` in lower case; '' when the token there is no bare word. */
export function wordAt(text: string, offset: number): string {
  return isIdentifierStart(text.charCodeAt(offset)) ? text.slice(offset, tokenEnd(text, offset)).toLowerCase() : '';
}

/** The start of the token after the one that ends at `offset`. */
export function nextToken(text: string, offset: number): number {
  return skipBlank(text, offset);
}

/** The end of the next token if it is one of these words, else undefined. */
export function afterWord(text: string, offset: number, words: ReadonlySet<string>): number | undefined {
  const at = nextToken(text, offset);
  return words.has(wordAt(text, at)) ? tokenEnd(text, at) : undefined;
}

/** The end of the next token if it is this character, else undefined. */
export function afterMark(text: string, offset: number, mark: string): number | undefined {
  const at = nextToken(text, offset);
  return text.startsWith(mark, at) && tokenEnd(text, at) === at + mark.length ? at + mark.length : undefined;
}

/** The offset after the bracket that closes the one at `offset`; the text's end if none does. */
export function bracketEnd(text: string, offset: number): number {
  let depth = 0;
  let at = offset;
  while (at < text.length) {
    const mark = text[at];
    if (mark === '(' || mark === '[') depth++;
    else if ((mark === ')' || mark === ']') && --depth === 0) return at + 1;
    at = nextToken(text, tokenEnd(text, at));
  }
  return text.length;
}

/** The end of the brackets that start with the next token, or undefined when it is another token. */
export function afterBrackets(text: string, offset: number, open: '(' | '['): number | undefined {
  const at = nextToken(text, offset);
  return text[at] === open ? bracketEnd(text, at) : undefined;
}

/** The end of a name with dots whose first part ends at `offset`. */
export function dottedEnd(text: string, offset: number): number {
  let end = offset;
  for (let dot = afterMark(text, end, '.'); dot !== undefined; dot = afterMark(text, end, '.')) {
    end = tokenEnd(text, nextToken(text, dot));
  }
  return end;
}

/** The last token before `offset` if it is the opening bracket or word given, looking back over blanks and comments. */
export function openerBefore(text: string, offset: number, opener: string): number | undefined {
  const end = blankBefore(text, offset);
  const start = end - opener.length;
  return start >= 0 && text.slice(start, end).toLowerCase() === opener ? start : undefined;
}

/** Back over white space and comments. A line comment is recognised by reading its line from the left. */
function blankBefore(text: string, offset: number): number {
  let at = offset;
  for (;;) {
    while (at > 0 && /[ \t\n\r\f\v]/.test(text.charAt(at - 1))) at--;
    const before = text.endsWith('*/', at) ? text.lastIndexOf('/*', at - 2) : lineCommentBefore(text, at, offset);
    if (before === undefined || before === -1) return at;
    at = before;
  }
}

function lineCommentBefore(text: string, end: number, offset: number): number | undefined {
  if (!/[\n\r]/.test(text.slice(end, offset))) return undefined;
  let at = Math.max(text.lastIndexOf('\n', end - 1), text.lastIndexOf('\r', end - 1)) + 1;
  while (at < end) {
    if (text.startsWith('--', at)) return at;
    at = /\s/.test(text.charAt(at)) ? at + 1 : tokenEnd(text, at);
  }
  return undefined;
}
