import { readBlock, readLabel } from './block.ts';
import { readCase, readIf } from './branches.ts';
import { END, readExpression } from './expression.ts';
import { readLoop } from './loop.ts';
import { advance, expectMark, fail, location, type PlReader, peek, word } from './reader.ts';
import { SIMPLE_STATEMENTS } from './simple-statement.ts';
import { readSqlStatement } from './sql-statement.ts';
import type { PlSimple, PlStatement } from './tree.ts';

/** Deeper nesting of blocks, branches and loops is refused, so that reading cannot exhaust the stack. */
const MAX_NESTING = 250;

const LIST_ENDS = new Set(['end', 'else', 'elsif', 'elseif', 'when', 'exception']);

/** Reads statements up to the word that ends their list. */
export function readStatements(reader: PlReader): PlStatement[] {
  if (++reader.depth > MAX_NESTING) fail(reader, `more than ${MAX_NESTING} levels of nesting`);
  const statements: PlStatement[] = [];
  while (!LIST_ENDS.has(word(reader)) || isAssignment(reader)) {
    statements.push(readStatement(reader));
    expectMark(reader, ';');
  }
  reader.depth--;
  return statements;
}

const LOOPS = new Set(['loop', 'while', 'for', 'foreach']);

/** Reads one statement; its semicolon is left. */
function readStatement(reader: PlReader): PlStatement {
  const start = reader.at;
  const label = readLabel(reader);
  if (isAssignment(reader)) return placed(reader, start, readAssignment);
  const first = word(reader);
  if (first === 'declare' || first === 'begin') return readBlock(reader, start, label);
  if (LOOPS.has(first)) return readLoop(reader, start, label);
  if (label !== undefined) fail(reader, 'a label can only stand before a block or a loop');
  if (first === 'if') return readIf(reader, start);
  if (first === 'case') return readCase(reader, start);
  return placed(reader, start, SIMPLE_STATEMENTS.get(first) ?? readSqlStatement);
}

function placed(reader: PlReader, start: number, read: (reader: PlReader) => PlSimple): PlStatement {
  const statement = read(reader);
  return { ...statement, at: location(reader, start, reader.last) };
}

/** A word or name that is followed by an assignment sign, a dot or a subscript. No other statement has one there. */
function isAssignment(reader: PlReader): boolean {
  if (word(reader) === '' && reader.content[reader.at] !== '"' && reader.content[reader.at] !== '$') return false;
  const next = peek(reader);
  return next === ':=' || next === '=' || next === '.' || next === '[';
}

function readAssignment(reader: PlReader): PlSimple {
  const target = readExpression(reader, { marks: [':=', '='] });
  advance(reader);
  return { kind: 'assign', target, value: readExpression(reader, END) };
}
