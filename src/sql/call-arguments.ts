import { skipBlank, tokenEnd } from './token.ts';

/** Adds an argument to each call whose name starts at one of `offsets`; null where no call stands there. */
export function withArgument(text: string, offsets: readonly number[], argument: string): string | null {
  let written = text;
  for (const offset of [...offsets].sort((a, b) => b - a)) {
    const close = closingBracket(text, offset);
    if (close === null) return null;
    written = `${written.slice(0, close)}, ${argument}${written.slice(close)}`;
  }
  return written;
}

/** The bracket that closes the argument list of the call at this offset. */
function closingBracket(text: string, offset: number): number | null {
  let depth = 0;
  for (let at = skipBlank(text, Math.max(offset, 0)); at < text.length; at = skipBlank(text, tokenEnd(text, at))) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth <= 0) return depth === 0 ? at : null;
  }
  return null;
}
