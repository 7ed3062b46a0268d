import { readExpression, readExpressions, skipTo, sqlOf } from './expression.ts';
import {
  accept,
  acceptMark,
  expect,
  expectMark,
  fail,
  identifier,
  isMark,
  location,
  type PlReader,
  peek,
  word,
} from './reader.ts';
import { readTarget, readTargets } from './target.ts';
import type { PlExpression, PlLoop, PlLoopHead } from './tree.ts';

/** Reads LOOP, WHILE, FOR or FOREACH with its body. */
export function readLoop(reader: PlReader, start: number, label: string | undefined): PlLoop {
  const head = readHead(reader);
  expect(reader, 'loop');
  const body = reader.readStatements(reader);
  expect(reader, 'end', 'loop');
  if (!isMark(reader, ';')) identifier(reader);
  return { ...head, label, body, at: location(reader, start, reader.last) };
}

function readHead(reader: PlReader): PlLoopHead {
  if (word(reader) === 'loop') return { kind: 'loop' };
  if (accept(reader, 'while')) return { kind: 'while', condition: readExpression(reader, { words: ['loop'] }) };
  if (accept(reader, 'foreach')) return readForeach(reader);
  expect(reader, 'for');
  return readFor(reader);
}

function readForeach(reader: PlReader): PlLoopHead {
  const targets = readTargets(reader);
  let slice = 0;
  if (accept(reader, 'slice')) {
    const start = reader.at;
    skipTo(reader, { words: ['in'] });
    slice = Number(reader.content.slice(start, reader.last));
  }
  expect(reader, 'in', 'array');
  return { kind: 'foreach', targets, slice, array: readExpression(reader, { words: ['loop'] }) };
}

function readFor(reader: PlReader): PlLoopHead {
  const targets = readTargets(reader);
  expect(reader, 'in');
  if (accept(reader, 'execute')) {
    const query = readExpression(reader, { words: ['using', 'loop'] });
    const using = accept(reader, 'using') ? readExpressions(reader, { words: ['loop'] }) : [];
    return { kind: 'for-execute', targets, query, using };
  }
  if (isBoundCursor(reader)) {
    const cursor = readTarget(reader);
    return { kind: 'for-cursor', targets, cursor, arguments: readCursorArguments(reader) };
  }
  const reverse = accept(reader, 'reverse');
  const start = reader.at;
  const last = reader.last;
  skipTo(reader, { words: ['loop'], marks: ['..'] });
  if (word(reader) === 'loop') {
    if (reverse) fail(reader, '".." expected');
    return { kind: 'for-query', targets, query: sqlOf(reader, start, reader.last) };
  }
  const [variable] = targets;
  if (variable === undefined || targets.length > 1) fail(reader, 'a loop over numbers has one variable');
  reader.at = start;
  reader.last = last;
  const from = readExpression(reader, { marks: ['..'] });
  expectMark(reader, '..');
  const to = readExpression(reader, { words: ['by', 'loop'] });
  const step = accept(reader, 'by') ? readExpression(reader, { words: ['loop'] }) : undefined;
  return { kind: 'for-range', variable, reverse, from, to, step };
}

/** Only a cursor declared with its query can be looped over; anything else after IN is a query or a range. */
function isBoundCursor(reader: PlReader): boolean {
  const next = peek(reader);
  if (next !== 'loop' && next !== '(') return false;
  const { at, last } = reader;
  const isName = word(reader) !== '' || reader.content[at] === '"';
  const name = isName ? identifier(reader) : undefined;
  reader.at = at;
  reader.last = last;
  return name !== undefined && reader.cursors.includes(name);
}

/** `(1, key => 2, key := 3)`, if there is one; the names are left out. */
export function readCursorArguments(reader: PlReader): PlExpression[] {
  const values: PlExpression[] = [];
  if (!acceptMark(reader, '(')) return values;
  do {
    if (peek(reader) === ':=' || peek(reader) === '=>') {
      identifier(reader);
      if (!acceptMark(reader, ':=')) expectMark(reader, '=>');
    }
    values.push(readExpression(reader, { marks: [',', ')'] }));
  } while (acceptMark(reader, ','));
  expectMark(reader, ')');
  return values;
}
