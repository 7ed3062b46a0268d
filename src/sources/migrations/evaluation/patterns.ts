import { isKnown, type Truth, UNKNOWN, type Value } from './value.ts';

/** Patterns longer than this are not tried. */
const LONGEST = 200;

/** LIKE and ILIKE with the default escape, a backslash (docs 9.7.1). Linear: each wildcard is tried from left to right with one step back. */
export function likeMatches(value: Value, pattern: Value, ignoreCase: boolean): Truth {
  if (value === null || pattern === null) return null;
  if (!isKnown(value) || !isKnown(pattern) || typeof value !== 'string' || typeof pattern !== 'string') return UNKNOWN;
  const parts = pattern.length > LONGEST ? undefined : partsOf(ignoreCase ? pattern.toLowerCase() : pattern);
  if (parts === undefined) return UNKNOWN;
  return matches(ignoreCase ? value.toLowerCase() : value, parts);
}

/** A character, any one (`_`), or any number of them (`%`). */
type Part = { readonly text: string } | 'one' | 'many';

/** Undefined where the escape ends it, which Postgres refuses. */
function partsOf(pattern: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (character === '%') parts.push('many');
    else if (character === '_') parts.push('one');
    else if (character !== '\\') parts.push({ text: character });
    else if (++at < pattern.length) parts.push({ text: pattern[at] ?? '' });
    else return undefined;
  }
  return parts;
}

function matches(text: string, pattern: readonly Part[]): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (at < text.length) {
    const part = pattern[from];
    if (part === 'many') {
      star = from++;
      mark = at;
    } else if (part === 'one' || (part !== undefined && part.text === text[at])) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++mark;
    } else return false;
  }
  while (pattern[from] === 'many') from++;
  return from === pattern.length;
}

/** `~`: only patterns of plain text with anchors; anything richer is not decided. */
export function regexMatches(value: Value, pattern: Value, ignoreCase: boolean): Truth {
  if (value === null || pattern === null) return null;
  if (typeof value !== 'string' || typeof pattern !== 'string' || !isKnown(value)) return UNKNOWN;
  const plain = /^(\^?)([\w \-/]*)(\$?)$/.exec(pattern);
  if (!plain) return UNKNOWN;
  const [text, wanted] = ignoreCase ? [value.toLowerCase(), (plain[2] ?? '').toLowerCase()] : [value, plain[2] ?? ''];
  if (plain[1] && plain[3]) return text === wanted;
  if (plain[1]) return text.startsWith(wanted);
  return plain[3] ? text.endsWith(wanted) : text.includes(wanted);
}
