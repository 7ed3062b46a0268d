import { ShownClause } from './shown-clause.ts';
import { ShownCheck } from './shown-constraint.ts';
import { isKnown, PartialText, type Truth, UNKNOWN, type Value } from './value.ts';

/** Patterns longer than this are not tried. */
const LONGEST = 200;

/** LIKE and ILIKE with the default escape, a backslash (docs 9.7.1). Linear: each wildcard is tried from left to right with one step back. */
export function likeMatches(value: Value, pattern: Value, ignoreCase: boolean): Truth {
  if (value === null || pattern === null) return null;
  if (value instanceof ShownCheck || value instanceof ShownClause)
    return typeof pattern === 'string' ? value.matches(pattern, ignoreCase) : UNKNOWN;
  if (value instanceof PartialText && typeof pattern === 'string' && !ignoreCase) return beginMatches(value, pattern);
  if (!isKnown(value) || !isKnown(pattern) || typeof value !== 'string' || typeof pattern !== 'string') return UNKNOWN;
  const parts = pattern.length > LONGEST ? undefined : partsOf(ignoreCase ? pattern.toLowerCase() : pattern);
  if (parts === undefined) return UNKNOWN;
  return matches(ignoreCase ? value.toLowerCase() : value, parts);
}

/** `nextval(%` asks only for how the text begins. */
function beginMatches({ parts: [known = ''] }: PartialText, pattern: string): Truth {
  const [, begin] = /^([^%_\\]+)%$/.exec(pattern) ?? [];
  if (begin === undefined) return UNKNOWN;
  if (known.startsWith(begin)) return true;
  return begin.startsWith(known) ? UNKNOWN : false;
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

/** `~`: patterns whose parts mean the same in JavaScript; anything richer is not decided. */
export function regexMatches(value: Value, pattern: Value, ignoreCase: boolean): Truth {
  if (value === null || pattern === null) return null;
  if (value instanceof ShownClause && typeof pattern === 'string') return value.matchesRegex(pattern, ignoreCase);
  // Of a word a pattern asks no more than LIKE does.
  if (value instanceof ShownCheck && typeof pattern === 'string' && /^[a-z]\w*$/i.test(pattern))
    return value.matches(`%${pattern.replaceAll('_', '\\_')}%`, ignoreCase);
  if (typeof value !== 'string' || typeof pattern !== 'string' || !isKnown(value)) return UNKNOWN;
  if (pattern.length > LONGEST || value.length > LONGEST || !isPlainPattern(pattern)) return UNKNOWN;
  try {
    return new RegExp(pattern, ignoreCase ? 'isu' : 'su').test(value);
  } catch {
    return UNKNOWN;
  }
}

/** How many parts of a pattern may be of any length: each multiplies what may have to be tried. */
const MOST_REPEATED = 3;

/** Text, anchors, alternatives, counted characters and classes; no group is repeated. */
function isPlainPattern(pattern: string): boolean {
  const rest = pattern.replace(/\[\^?[\w -]+\]|\\[d.]|\./g, 'x');
  const isPlain =
    /^(?:[\w \-/^$|()'":,;#@%&=<>~!]|\w(?:\{\d+(?:,\d*)?\}|[+*?]))*$/.test(rest) && !/\)[+*?{]/.test(rest);
  return isPlain && (rest.match(/[+*]|,\d*\}/g) ?? []).length <= MOST_REPEATED;
}
