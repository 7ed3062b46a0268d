import type { Node } from '@pgsql/types';
import { parseFragment } from '../fragment.ts';
import { fieldsOf } from '../nodes.ts';
import { tokenEnd } from '../token.ts';
import { acceptMark, advance, fail, isAtEnd, isMark, location, type PlReader, PlSyntaxError, word } from './reader.ts';
import type { PlExpression } from './tree.ts';

/** Where an expression ends: at one of these words or marks outside of brackets. */
export interface Stops {
  readonly words?: readonly string[];
  readonly marks?: readonly string[];
}

/** The end of a statement. */
export const END: Stops = { marks: [';'] };

/** Moves to the next stop outside of brackets. A semicolon that is no stop is an error, as is the end of the body. */
export function skipTo(reader: PlReader, { words = [], marks = [] }: Stops): void {
  let depth = 0;
  while (!isAtEnd(reader)) {
    if (depth === 0 && (words.includes(word(reader)) || marks.some((mark) => isMark(reader, mark)))) return;
    const character = reader.content[reader.at];
    if (character === '(' || character === '[') depth++;
    else if (character === ')' || character === ']') depth--;
    if (character === ';' || depth < 0) break;
    advance(reader);
  }
  const stops = [...words.map((stop) => stop.toUpperCase()), ...marks.map((stop) => `"${stop}"`)];
  fail(reader, `${stops.join(' or ')} expected`);
}

/** Reads an expression up to a stop. */
export function readExpression(reader: PlReader, stops: Stops): PlExpression {
  const start = reader.at;
  skipTo(reader, stops);
  return expressionOf(reader, start, reader.last);
}

/** Reads expressions with commas between them, up to a stop. */
export function readExpressions(reader: PlReader, stops: Stops): PlExpression[] {
  const expressions: PlExpression[] = [];
  const marks = [...(stops.marks ?? []), ','];
  do expressions.push(readExpression(reader, { ...stops, marks }));
  while (acceptMark(reader, ','));
  return expressions;
}

/** The expression content[start, end), which may have FROM, WHERE and so on after it, as plpgsql allows. */
export function expressionOf(reader: PlReader, start: number, end: number): PlExpression {
  const query = sqlOf(reader, start, end, 'SELECT ');
  return { ...query, tree: soleValue(query.tree) ?? query.tree };
}

/** The statement content[start, end), with `before` put in front and `blank` (an INTO clause) read as blanks. */
export function sqlOf(
  reader: PlReader,
  start: number,
  end: number,
  before = ' ',
  blank: { readonly start: number; readonly end: number } = { start: end, end },
): PlExpression {
  if (start >= end) fail(reader, 'an expression was expected');
  const { content } = reader;
  const text = content.slice(start, end);
  const handed =
    before + content.slice(start, blank.start) + ' '.repeat(blank.end - blank.start) + content.slice(blank.end, end);
  const fragment = parseFragment(handed, (offset) => reader.place(start + offset - before.length));
  if (!fragment.ok) {
    const stop = Math.min(end, Math.max(start, start + fragment.offset - before.length));
    throw new PlSyntaxError(fragment.message, location(reader, stop, tokenEnd(content, stop, end)));
  }
  return { tree: fragment.node, text, start: reader.place(start), at: location(reader, start, end) };
}

/** The value of a SELECT that says nothing but one unnamed value. */
function soleValue(query: Node): Node | undefined {
  const select = fieldsOf(query, 'SelectStmt');
  if (select === undefined || select.targetList?.length !== 1) return undefined;
  for (const field in select) if (!PLAIN_SELECT.has(field)) return undefined;
  const target = fieldsOf(select.targetList[0], 'ResTarget');
  return target?.name === undefined && target?.indirection === undefined ? target?.val : undefined;
}

const PLAIN_SELECT = new Set(['targetList', 'limitOption', 'op']);
