import { readCondition } from './condition.ts';
import { readExpression } from './expression.ts';
import { accept, acceptMark, advance, expectMark, identifier, isMark, type PlReader, word } from './reader.ts';
import { isString, readString } from './string.ts';
import type { PlCondition, PlExpression, PlSimple, RaiseLevel } from './tree.ts';

const LEVELS: ReadonlySet<string> = new Set<RaiseLevel>(['debug', 'log', 'info', 'notice', 'warning', 'exception']);

/** RAISE [level] 'format', …; RAISE [level] condition; RAISE; each with USING options (Postgres docs 41.9). */
export function readRaise(reader: PlReader): PlSimple {
  advance(reader);
  const level = LEVELS.has(word(reader)) ? (word(reader) as RaiseLevel) : undefined;
  if (level !== undefined) advance(reader);
  const params: PlExpression[] = [];
  let message: string | undefined;
  let condition: PlCondition | undefined;
  if (isString(reader)) {
    message = readString(reader);
    while (acceptMark(reader, ',')) params.push(readExpression(reader, { words: ['using'], marks: [',', ';'] }));
  } else if (!isMark(reader, ';') && word(reader) !== 'using') condition = readCondition(reader);
  const options: { readonly name: string; readonly value: PlExpression }[] = [];
  if (accept(reader, 'using')) {
    do {
      const name = identifier(reader);
      if (!acceptMark(reader, '=')) expectMark(reader, ':=');
      options.push({ name, value: readExpression(reader, { marks: [',', ';'] }) });
    } while (acceptMark(reader, ','));
  }
  return { kind: 'raise', level: level ?? 'exception', message, params, condition, options };
}
