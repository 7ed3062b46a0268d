import { sqlOf } from './expression.ts';
import { advance, fail, isAtEnd, isMark, type PlReader, peek, word } from './reader.ts';
import { readInto } from './target.ts';
import type { PlInto, PlSimple } from './tree.ts';

/** An SQL statement; its first INTO that is not of INSERT or MERGE names variables (pl_gram.y, make_execsql_stmt). */
export function readSqlStatement(reader: PlReader): PlSimple {
  const start = reader.at;
  const first = word(reader);
  if (first === '') fail(reader, 'a statement was expected');
  let into: PlInto | undefined;
  let blank: { readonly start: number; readonly end: number } | undefined;
  let previous = '';
  let atomic = false;
  for (let depth = 0; depth > 0 || atomic || !isMark(reader, ';'); ) {
    const current = word(reader);
    if (isAtEnd(reader)) fail(reader, '";" expected');
    if (
      current === 'into' &&
      first !== 'import' &&
      first !== 'create' &&
      previous !== 'insert' &&
      previous !== 'merge'
    ) {
      if (into !== undefined) fail(reader, 'INTO was given before');
      const from = reader.at;
      into = readInto(reader);
      blank = { start: from, end: reader.last };
      previous = '';
      continue;
    }
    if (first === 'create' && previous === 'begin' && current === 'atomic') atomic = true;
    else if (atomic && current === 'end' && peek(reader) === ';') atomic = false;
    const character = reader.content[reader.at];
    if (character === '(') depth++;
    else if (character === ')') depth--;
    previous = current;
    advance(reader);
  }
  return { kind: 'sql', sql: sqlOf(reader, start, reader.last, ' ', blank), into };
}
