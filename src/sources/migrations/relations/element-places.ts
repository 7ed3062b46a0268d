import type { SourceLocation } from '../../../sql/location.ts';
import { isIdentifierStart, skipBlank, tokenEnd } from '../../../sql/token.ts';

/**
 * Where an element of a list that starts at `start` ends: a column definition, a table constraint, a subcommand. That is the
 * end of its last token before the comma or the closing parenthesis that follows it, or `limit`.
 */
export function elementEnd(text: string, start: number, limit: number): number {
  let depth = 0;
  let end = start;
  for (let at = skipBlank(text, start, limit); at < limit; at = skipBlank(text, end, limit)) {
    const character = text[at];
    if (depth === 0 && (character === ',' || character === ')' || character === ';')) break;
    if (character === '(' || character === '[') depth++;
    if (character === ')' || character === ']') depth--;
    end = tokenEnd(text, at, limit);
  }
  return end;
}

/**
 * The places of the subcommands of ALTER TABLE, which the grammar does not give. `nameStart` is where the relation's name
 * begins. Undefined where the text does not have as many as the tree.
 */
export function commandPlaces(
  text: string,
  statement: SourceLocation,
  nameStart: number,
  count: number,
): readonly SourceLocation[] | undefined {
  const places: SourceLocation[] = [];
  const limit = statement.end;
  for (let at = skipBlank(text, afterName(text, nameStart, limit), limit); at < limit; ) {
    const end = elementEnd(text, at, limit);
    places.push({ file: statement.file, start: at, end });
    const next = skipBlank(text, end, limit);
    if (text[next] !== ',') break;
    at = skipBlank(text, next + 1, limit);
  }
  return places.length === count ? places : undefined;
}

/** Behind `"a"."b"` or `a.b *`. */
function afterName(text: string, start: number, limit: number): number {
  let end = tokenEnd(text, start, limit);
  for (;;) {
    const next = skipBlank(text, end, limit);
    if (text[next] === '*') return next + 1;
    if (text[next] !== '.') return end;
    const part = skipBlank(text, next + 1, limit);
    if (text[part] !== '"' && !isIdentifierStart(text.charCodeAt(part))) return end;
    end = tokenEnd(text, part, limit);
  }
}
