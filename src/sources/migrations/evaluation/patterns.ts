import { isKnown, type Truth, UNKNOWN, type Value } from './value.ts';

/** Patterns longer than this are not tried. */
const LONGEST = 200;

/** LIKE and ILIKE with the default escape (docs 9.7.1). Linear: each wildcard is tried from left to right with one step back. */
export function likeMatches(value: Value, pattern: Value, ignoreCase: boolean): Truth {
  if (value === null || pattern === null) return null;
  if (!isKnown(value) || !isKnown(pattern) || typeof value !== 'string' || typeof pattern !== 'string') return UNKNOWN;
  if (pattern.includes('\\') || pattern.length > LONGEST) return UNKNOWN;
  return matches(ignoreCase ? value.toLowerCase() : value, ignoreCase ? pattern.toLowerCase() : pattern);
}

function matches(text: string, pattern: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (at < text.length) {
    if (pattern[from] === '%') {
      star = from++;
      mark = at;
    } else if (pattern[from] === '_' || pattern[from] === text[at]) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++mark;
    } else return false;
  }
  while (pattern[from] === '%') from++;
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
