import { bracketEnd, nextToken, wordAt } from './cursor.ts';
import { tokenEnd } from './token.ts';

/** Where a clause of the statement begins, by its first word outside brackets; undefined where it has none. */
export function clauseStart(text: string, word: string, from = 0): number | undefined {
  for (let at = nextToken(text, from); at < text.length; ) {
    if (wordAt(text, at) === word) return at;
    at = nextToken(text, text[at] === '(' ? bracketEnd(text, at) : tokenEnd(text, at));
  }
  return undefined;
}

/** Where the bracket stands that closes what is open at `from`; undefined where none does. */
export function closingBracket(text: string, from: number): number | undefined {
  for (let at = nextToken(text, from); at < text.length; ) {
    if (text[at] === ')') return at;
    at = nextToken(text, text[at] === '(' ? bracketEnd(text, at) : tokenEnd(text, at));
  }
  return undefined;
}
