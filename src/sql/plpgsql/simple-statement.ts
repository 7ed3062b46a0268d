import { readCursorStatement } from './cursor-statement.ts';
import { END, readExpression, readExpressions, skipTo, sqlOf } from './expression.ts';
import { readRaise } from './raise.ts';
import {
  accept,
  acceptMark,
  advance,
  expect,
  expectMark,
  identifier,
  isAtEnd,
  isMark,
  type PlReader,
  word,
} from './reader.ts';
import { readInto, readTarget } from './target.ts';
import type { PlExpression, PlInto, PlSimple } from './tree.ts';

/** How each simple statement is read, by its first word; anything else is SQL. */
export const SIMPLE_STATEMENTS: ReadonlyMap<string, (reader: PlReader) => PlSimple> = new Map([
  ['perform', readPerform],
  ['execute', readExecute],
  ['return', readReturn],
  ['raise', readRaise],
  ['assert', readAssert],
  ['exit', readExit],
  ['continue', readExit],
  ['get', readDiagnostics],
  ['open', readCursorStatement],
  ['fetch', readCursorStatement],
  ['move', readCursorStatement],
  ['close', readCursorStatement],
  ['commit', readTransaction],
  ['rollback', readTransaction],
  ['null', readNull],
  ['call', readCall],
  ['do', readCall],
]);

function readPerform(reader: PlReader): PlSimple {
  advance(reader);
  const start = reader.at;
  skipTo(reader, END);
  return { kind: 'perform', query: sqlOf(reader, start, reader.last, 'SELECT ') };
}

function readExecute(reader: PlReader): PlSimple {
  advance(reader);
  const query = readExpression(reader, { words: ['into', 'using'], marks: [';'] });
  let into: PlInto | undefined;
  let using: readonly PlExpression[] = [];
  while (!isMark(reader, ';') && !isAtEnd(reader)) {
    if (word(reader) === 'into') into = readInto(reader);
    else {
      expect(reader, 'using');
      using = readExpressions(reader, { words: ['into'], marks: [';'] });
    }
  }
  return { kind: 'execute', query, into, using };
}

function readReturn(reader: PlReader): PlSimple {
  advance(reader);
  if (accept(reader, 'next')) {
    return { kind: 'return-next', value: isMark(reader, ';') ? undefined : readExpression(reader, END) };
  }
  if (accept(reader, 'query')) {
    if (accept(reader, 'execute')) {
      const query = readExpression(reader, { words: ['using'], marks: [';'] });
      return { kind: 'return-execute', query, using: accept(reader, 'using') ? readExpressions(reader, END) : [] };
    }
    const start = reader.at;
    skipTo(reader, END);
    return { kind: 'return-query', query: sqlOf(reader, start, reader.last) };
  }
  return { kind: 'return', value: isMark(reader, ';') ? undefined : readExpression(reader, END) };
}

function readAssert(reader: PlReader): PlSimple {
  advance(reader);
  const condition = readExpression(reader, { marks: [',', ';'] });
  return { kind: 'assert', condition, message: acceptMark(reader, ',') ? readExpression(reader, END) : undefined };
}

function readExit(reader: PlReader): PlSimple {
  const kind = word(reader) === 'exit' ? 'exit' : 'continue';
  advance(reader);
  const label = isMark(reader, ';') || word(reader) === 'when' ? undefined : identifier(reader);
  return { kind, label, when: accept(reader, 'when') ? readExpression(reader, END) : undefined };
}

function readDiagnostics(reader: PlReader): PlSimple {
  advance(reader);
  const stacked = accept(reader, 'stacked');
  if (!stacked) accept(reader, 'current');
  expect(reader, 'diagnostics');
  const items: Extract<PlSimple, { kind: 'diagnostics' }>['items'][number][] = [];
  do {
    const target = readTarget(reader);
    if (!acceptMark(reader, '=')) expectMark(reader, ':=');
    items.push({ target, item: identifier(reader) });
  } while (acceptMark(reader, ','));
  return { kind: 'diagnostics', stacked, items };
}

function readTransaction(reader: PlReader): PlSimple {
  const kind = word(reader) === 'commit' ? 'commit' : 'rollback';
  advance(reader);
  const chain = accept(reader, 'and', 'chain');
  if (!chain) accept(reader, 'and', 'no', 'chain');
  return { kind, chain };
}

function readNull(reader: PlReader): PlSimple {
  advance(reader);
  return { kind: 'null' };
}

function readCall(reader: PlReader): PlSimple {
  const start = reader.at;
  skipTo(reader, END);
  return { kind: 'call', sql: sqlOf(reader, start, reader.last) };
}
