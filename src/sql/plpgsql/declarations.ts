import type { Node, TypeName } from '@pgsql/types';
import { parseFragment } from '../fragment.ts';
import { fieldsOf } from '../nodes.ts';
import { tokenEnd } from '../token.ts';
import { readExpression, type Stops, skipTo, sqlOf } from './expression.ts';
import {
  accept,
  acceptMark,
  advance,
  expect,
  expectMark,
  fail,
  identifier,
  location,
  type PlReader,
  PlSyntaxError,
  peek,
  word,
} from './reader.ts';
import type { PlDeclaration, PlType } from './tree.ts';

/** Reads what is between DECLARE and BEGIN. */
export function readDeclarations(reader: PlReader): PlDeclaration[] {
  const declarations: PlDeclaration[] = [];
  while (accept(reader, 'declare')) {
    while (word(reader) !== 'begin' && word(reader) !== 'declare') declarations.push(readDeclaration(reader));
  }
  return declarations;
}

function readDeclaration(reader: PlReader): PlDeclaration {
  const start = reader.at;
  const name = identifier(reader);
  const declaration =
    readAlias(reader, start, name) ?? readCursor(reader, start, name) ?? readVariable(reader, start, name);
  expectMark(reader, ';');
  return declaration;
}

function readAlias(reader: PlReader, start: number, name: string): PlDeclaration | undefined {
  if (word(reader) !== 'alias' || !accept(reader, 'alias', 'for')) return undefined;
  const of = reader.content[reader.at] === '$' ? parameter(reader) : identifier(reader);
  return { kind: 'alias', name, of, at: location(reader, start, reader.last) };
}

function parameter(reader: PlReader): string {
  advance(reader);
  return reader.content.slice(reader.content.lastIndexOf('$', reader.last), reader.last);
}

function readCursor(reader: PlReader, start: number, name: string): PlDeclaration | undefined {
  const scrolls = accept(reader, 'no', 'scroll') || (peek(reader) === 'cursor' && accept(reader, 'scroll'));
  if (!scrolls && word(reader) !== 'cursor') return undefined;
  expect(reader, 'cursor');
  const parameters: { readonly name: string; readonly type: PlType }[] = [];
  if (acceptMark(reader, '(')) {
    do parameters.push({ name: identifier(reader), type: readType(reader, { marks: [',', ')'] }) });
    while (acceptMark(reader, ','));
    expectMark(reader, ')');
  }
  if (!accept(reader, 'for')) expect(reader, 'is');
  const from = reader.at;
  skipTo(reader, { marks: [';'] });
  const query = sqlOf(reader, from, reader.last);
  reader.cursors.push(name);
  return { kind: 'cursor', name, parameters, query, at: location(reader, start, reader.last) };
}

function readVariable(reader: PlReader, start: number, name: string): PlDeclaration {
  const constant = accept(reader, 'constant');
  const type = readType(reader, { words: ['collate', 'not', 'default'], marks: [':=', '=', ';'] });
  if (accept(reader, 'collate')) {
    do identifier(reader);
    while (acceptMark(reader, '.'));
  }
  const notNull = accept(reader, 'not', 'null');
  const hasDefault = accept(reader, 'default') || acceptMark(reader, ':=') || acceptMark(reader, '=');
  const value = hasDefault ? readExpression(reader, { marks: [';'] }) : undefined;
  return { kind: 'variable', name, constant, type, notNull, default: value, at: location(reader, start, reader.last) };
}

function readType(reader: PlReader, stops: Stops): PlType {
  const start = reader.at;
  let percent: number | undefined;
  while (reader.content[reader.at] !== ';' && !isStop(reader, stops)) {
    if (reader.content[reader.at] === '%') percent = reader.last;
    if (reader.content[reader.at] === '(' || reader.content[reader.at] === '[') skipBrackets(reader);
    else advance(reader);
    if (reader.at >= reader.content.length) fail(reader, 'a declaration was not ended');
  }
  const end = reader.last;
  if (end <= start) fail(reader, 'a type was expected');
  const text = reader.content.slice(start, end);
  const reference = percent === undefined ? undefined : /%\s*rowtype/i.test(text) ? 'rowtype' : 'type';
  return { text, name: typeName(reader, start, percent ?? end), reference, at: location(reader, start, end) };
}

function isStop(reader: PlReader, { words = [], marks = [] }: Stops): boolean {
  const end = tokenEnd(reader.content, reader.at);
  return words.includes(word(reader)) || marks.includes(reader.content.slice(reader.at, end));
}

function skipBrackets(reader: PlReader): void {
  const close = reader.content[reader.at] === '(' ? ')' : ']';
  advance(reader);
  skipTo(reader, { marks: [close] });
  advance(reader);
}

const BEFORE_TYPE = 'SELECT CAST(NULL AS ';

function typeName(reader: PlReader, start: number, end: number): TypeName | undefined {
  const handed = `${BEFORE_TYPE}${reader.content.slice(start, end)}\n)`;
  const fragment = parseFragment(handed, (offset) => reader.place(start + offset - BEFORE_TYPE.length));
  if (!fragment.ok) throw new PlSyntaxError(fragment.message, location(reader, start, end));
  const target: Node | undefined = fieldsOf(fragment.node, 'SelectStmt')?.targetList?.[0];
  return fieldsOf(fieldsOf(target, 'ResTarget')?.val, 'TypeCast')?.typeName;
}
