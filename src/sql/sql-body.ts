import type { Node } from '@pgsql/types';
import { bracketEnd, nextToken, wordAt } from './cursor.ts';
import type { SourceLocation } from './location.ts';
import { fieldsOf, tagOf } from './nodes.ts';
import { type ParsedStatement, type RejectedStatement, readSql } from './parse.ts';
import { relocate } from './relocate.ts';
import { routineBody } from './routine-body.ts';
import { tokenEnd } from './token.ts';

/** The statements of a routine in LANGUAGE sql; places are file offsets. */
export interface SqlBody {
  readonly statements: readonly ParsedStatement[];
  readonly rejected: readonly RejectedStatement[];
}

/** Reads the body of an SQL routine, in a string, BEGIN ATOMIC … END or RETURN; undefined for other routines. Never throws. */
export function parseSqlBody(statement: ParsedStatement, text: string): SqlBody | undefined {
  const standard = fieldsOf(statement.node, 'CreateFunctionStmt')?.sql_body;
  if (standard !== undefined) return { statements: standardStatements(standard, statement.at, text), rejected: [] };
  const body = routineBody(statement, text);
  if (body?.language.toLowerCase() !== 'sql') return undefined;
  const { file } = statement.at;
  const { statements, rejected } = readSql(body.content, file);
  const place = ({ start, end }: SourceLocation): SourceLocation => ({
    file,
    start: body.place(start),
    end: end > start ? body.place(end - 1) + 1 : body.place(end),
  });
  for (const { node } of statements) relocate(node, (offset) => body.place(offset));
  return {
    statements: statements.map((one) => ({ ...one, at: place(one.at) })),
    rejected: rejected.map((one) => ({ ...one, at: place(one.at), errorAt: place(one.errorAt) })),
  };
}

/** The grammar has read these already, but gives them no range. */
function standardStatements(body: Node, { file, start, end }: SourceLocation, text: string): ParsedStatement[] {
  const list = fieldsOf(body, 'List')?.items;
  const nodes = list === undefined ? [body] : list.flatMap((item) => fieldsOf(item, 'List')?.items ?? [item]);
  const ranges = standardRanges(text, start, end);
  return nodes.map((node, index) => {
    const range = ranges[index] ?? { start, end };
    return { index, kind: tagOf(node) ?? '', node, at: { file, ...range } };
  });
}

/** What is between the semicolons of BEGIN ATOMIC … END, or the last RETURN outside of brackets to the statement's end. */
function standardRanges(text: string, from: number, to: number): { readonly start: number; readonly end: number }[] {
  const ranges: { readonly start: number; readonly end: number }[] = [];
  let returns = from;
  let isAtomic = false;
  let first = from;
  let last = from;
  let cases = 0;
  for (let at = from; at < to; at = nextToken(text, last)) {
    const word = wordAt(text, at);
    const wasBegin = !isAtomic && word === 'atomic' && wordAt(text, first) === 'begin';
    if (word === 'return' && !isAtomic) returns = at;
    if (!isAtomic) first = at;
    if (text[at] === ';' && isAtomic) {
      if (last > first) ranges.push({ start: first, end: last });
      first = nextToken(text, at + 1);
    }
    if (isAtomic && word === 'case') cases++;
    if (isAtomic && word === 'end' && --cases < 0) return ranges;
    last = text[at] === '(' ? bracketEnd(text, at) : tokenEnd(text, at);
    if (!wasBegin) continue;
    isAtomic = true;
    first = nextToken(text, last);
    last = first;
  }
  return [{ start: returns, end: to }];
}
