import { END, readExpression, readExpressions, skipTo, sqlOf } from './expression.ts';
import { readCursorArguments } from './loop.ts';
import { accept, advance, fail, identifier, location, type PlReader, word } from './reader.ts';
import { readInto, readTarget } from './target.ts';
import type { PlSimple, PlTarget } from './tree.ts';

/** OPEN, FETCH, MOVE and CLOSE. */
export function readCursorStatement(reader: PlReader): PlSimple {
  const kind = word(reader);
  advance(reader);
  if (kind === 'open') return readOpen(reader);
  if (kind === 'close') return { kind: 'close', cursor: readTarget(reader) };
  const cursor = readCursorAfterDirection(reader, kind === 'fetch' ? 'into' : ';');
  return kind === 'fetch' ? { kind: 'fetch', cursor, into: readInto(reader) } : { kind: 'move', cursor };
}

function readOpen(reader: PlReader): PlSimple {
  const cursor = readTarget(reader);
  const none = { kind: 'open', cursor, query: undefined, execute: undefined, using: [], arguments: [] } as const;
  if (!accept(reader, 'no', 'scroll')) accept(reader, 'scroll');
  if (!accept(reader, 'for')) return { ...none, arguments: readCursorArguments(reader) };
  if (accept(reader, 'execute')) {
    const execute = readExpression(reader, { words: ['using'], marks: [';'] });
    return { ...none, execute, using: accept(reader, 'using') ? readExpressions(reader, { marks: [';'] }) : [] };
  }
  const start = reader.at;
  skipTo(reader, END);
  return { ...none, query: sqlOf(reader, start, reader.last) };
}

/** `NEXT FROM cursor`, `ABSOLUTE 3 IN cursor`, `cursor`: the cursor is the last name before the end. */
function readCursorAfterDirection(reader: PlReader, end: 'into' | ';'): PlTarget {
  let start = reader.at;
  while (reader.content[reader.at] !== ';' && word(reader) !== end && reader.at < reader.content.length) {
    start = reader.at;
    advance(reader);
  }
  const stop = reader.at;
  reader.at = start;
  if (start === stop) fail(reader, 'a cursor was expected');
  const name = [identifier(reader)];
  return { name, at: location(reader, start, reader.last) };
}
