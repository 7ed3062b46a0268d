import { isIdentifierStart, skipBlank, tokenEnd } from './token.ts';

/**
 * An upper bound of how deep the tree of a statement can become, found without parsing it, so that nothing is handed to the
 * grammar that would exhaust its stack (which it does not survive). Units are half levels: two for each bracket, CASE or
 * sub-select around a token, one for each operator that can make a chain such as `1 + 1 + 1`.
 *
 * Sound because every construct of the grammar that nests its left or right neighbour has a token counted here, and a
 * count is forgotten only where the grammar builds a flat list: after a comma (but for set operations, whose select lists
 * have commas), between the branches of one CASE and at a semicolon. AND and OR are flattened by the grammar itself.
 */
export function nestingBound(text: string, start: number, end: number): number {
  const levels: Level[] = [];
  let level = newLevel('');
  let at = skipBlank(text, start, end);
  while (at < end) {
    const next = tokenEnd(text, at, end);
    const token = isIdentifierStart(text.charCodeAt(at)) ? text.slice(at, next).toLowerCase() : text.charAt(at);
    const closer = token === 'case' ? 'end' : BRACKETS.get(token);
    if (closer !== undefined) {
      levels.push(level);
      level = newLevel(closer);
    } else if (token === level.closer) {
      const inner = BRACKET_WEIGHT + close(level);
      level = levels.pop() ?? newLevel('');
      level.inner = Math.max(level.inner, inner);
    } else if (token === ',' || token === ';' || (level.closer === 'end' && BRANCHES.has(token))) {
      level.deepest = Math.max(level.deepest, level.chain + level.inner);
      level.chain = 0;
      level.inner = 0;
    } else if (SET_OPERATIONS.has(token)) level.sets++;
    else if (CHAINS.has(token)) level.chain++;
    at = skipBlank(text, next, end);
  }
  let bound = close(level);
  for (const open of levels.reverse()) {
    open.inner = Math.max(open.inner, BRACKET_WEIGHT + bound);
    bound = close(open);
  }
  return bound;
}

const BRACKET_WEIGHT = 2;

interface Level {
  readonly closer: string;
  /** Chaining tokens since the last comma. */
  chain: number;
  sets: number;
  /** The deepest level closed since the last comma. */
  inner: number;
  deepest: number;
}

function newLevel(closer: string): Level {
  return { closer, chain: 0, sets: 0, inner: 0, deepest: 0 };
}

function close(level: Level): number {
  return level.sets + Math.max(level.deepest, level.chain + level.inner);
}

const BRACKETS = new Map([
  ['(', ')'],
  ['[', ']'],
]);
const BRANCHES = new Set(['when', 'then', 'else']);
const SET_OPERATIONS = new Set(['union', 'intersect', 'except']);
const CHAINS = new Set([
  ...'~!@#^&|`?+-*/%<>=:',
  ...['not', 'is', 'isnull', 'notnull', 'like', 'ilike', 'similar', 'between', 'in', 'overlaps', 'operator', 'escape'],
  ...['collate', 'at', 'join'],
]);
