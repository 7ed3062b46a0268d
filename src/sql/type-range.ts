import type { TypeName } from '@pgsql/types';
import { afterBrackets, afterMark, afterWord, dottedEnd, nextToken, wordAt } from './cursor.ts';
import { tokenEnd } from './token.ts';

/** Where a type name ends whose first token is at `type.location`: modifiers, time zone, interval fields and array bounds too. */
export function typeEnd(text: string, type: TypeName, location: number): number {
  const word = wordAt(text, location);
  const modified = (type.typmods?.length ?? 0) > 0;
  let end = tokenEnd(text, location);
  if (word === 'interval') end = modified ? intervalEnd(text, end) : end;
  else {
    for (const words of FOLLOWING.get(word) ?? []) end = afterWord(text, end, words) ?? end;
    if (!FOLLOWING.has(word)) end = dottedEnd(text, end);
    if (modified) end = afterBrackets(text, end, '(') ?? end;
    if (word === 'time' || word === 'timestamp') end = timeZoneEnd(text, end);
    if (type.pct_type) end = afterWord(text, afterMark(text, end, '%') ?? end, TYPE) ?? end;
  }
  if (type.arrayBounds === undefined) return end;
  end = afterWord(text, end, ARRAY) ?? end;
  for (let next = afterBrackets(text, end, '['); next !== undefined; next = afterBrackets(text, end, '[')) end = next;
  return end;
}

const VARYING = new Set(['varying']);
const TYPE = new Set(['type']);
const ARRAY = new Set(['array']);

/** The words that can follow the first of a type name of several words (gram.y, SimpleTypename). */
const FOLLOWING = new Map<string, readonly ReadonlySet<string>[]>([
  ['double', [new Set(['precision'])]],
  ['national', [new Set(['character', 'char']), VARYING]],
  ['character', [VARYING]],
  ['char', [VARYING]],
  ['nchar', [VARYING]],
  ['bit', [VARYING]],
  ['time', []],
  ['timestamp', []],
]);

const ZONE = [new Set(['with', 'without']), new Set(['time']), new Set(['zone'])];

function timeZoneEnd(text: string, offset: number): number {
  let end: number | undefined = offset;
  for (const words of ZONE) end = end === undefined ? undefined : afterWord(text, end, words);
  return end ?? offset;
}

const INTERVAL_FIELDS = new Set(['year', 'month', 'day', 'hour', 'minute', 'second', 'to']);

/** `interval(3)`, `interval day to second(3)`, and with the fields after the constant: `interval '1' year to month`. */
function intervalEnd(text: string, offset: number): number {
  const precision = afterBrackets(text, offset, '(');
  if (precision !== undefined) return precision;
  const next = nextToken(text, offset);
  let end = INTERVAL_FIELDS.has(wordAt(text, next)) ? offset : tokenEnd(text, next);
  for (let field = afterWord(text, end, INTERVAL_FIELDS); field !== undefined; ) {
    end = field;
    field = afterWord(text, end, INTERVAL_FIELDS);
  }
  return afterBrackets(text, end, '(') ?? end;
}
