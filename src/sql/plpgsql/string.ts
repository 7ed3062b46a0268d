import { fieldsOf } from '../nodes.ts';
import { expressionOf } from './expression.ts';
import { advance, fail, type PlReader } from './reader.ts';

/** Whether the current token is a string constant. */
export function isString(reader: PlReader): boolean {
  return /^([eE]?'|[uU]&'|\$[^0-9])/.test(reader.content.slice(reader.at, reader.at + 3));
}

/** Reads a string constant and gives what it means. */
export function readString(reader: PlReader): string {
  if (!isString(reader)) fail(reader, 'a string was expected');
  const start = reader.at;
  advance(reader);
  return fieldsOf(expressionOf(reader, start, reader.last).tree, 'A_Const')?.sval?.sval ?? '';
}
