import type { SqlLimits } from './limits.ts';
import { statementAt } from './split.ts';
import { parseStretch } from './stretch.ts';
import { skipBlank, tokenEnd } from './token.ts';

/** A text as it was meant: every place in it is that of the file. */
export interface Meant {
  readonly text: string;
  /** The first `\'` that was to be a quote. */
  readonly at: number;
}

/** More of them in one statement are not tried. */
const MOST_QUOTES = 50;

/**
 * The text with `''` for each `\'` of the statement at `start` that was to be a quote within a plain string, as MySQL has it:
 * the string ends there, and what follows is read as the opposite of what it is. Undefined where that makes no statement of it.
 */
export function asMeant(file: string, start: number, limits: SqlLimits): Meant | undefined {
  let text = file;
  let first: number | undefined;
  let from = start;
  for (let tries = 0; tries < MOST_QUOTES; tries++) {
    const { end } = statementAt(text, start);
    if ((end - start) * 3 > limits.statementBytes) return undefined;
    const quote = endingBackslash(text, start, end, from);
    if (quote === undefined) return undefined;
    first ??= quote;
    from = quote + 2;
    text = `${text.slice(0, quote)}''${text.slice(from)}`;
    const piece = statementAt(text, start);
    const outcome = parseStretch(text, piece.start, piece.end);
    if (outcome.ok && outcome.parsed.length === 1) return { text, at: first };
  }
  return undefined;
}

/** Where the first plain string that ends behind `from` ends in `\'`. */
function endingBackslash(text: string, start: number, end: number, from: number): number | undefined {
  for (let at = start; at < end; ) {
    const next = tokenEnd(text, at, end);
    if (next > from && next - at > 2 && text[at] === "'" && text.startsWith("\\'", next - 2)) return next - 2;
    at = skipBlank(text, next, end);
  }
  return undefined;
}
