import { nextToken } from './cursor.ts';
import type { SourceLocation } from './location.ts';
import type { ParsedStatement } from './parse.ts';
import { readBlock, readLabel } from './plpgsql/block.ts';
import { acceptMark, fail, isAtEnd, isMark, type PlReader, PlSyntaxError } from './plpgsql/reader.ts';
import { readStatements } from './plpgsql/statement.ts';
import type { PlBlock } from './plpgsql/tree.ts';
import { routineBody } from './routine-body.ts';

export type * from './plpgsql/tree.ts';

/** What an unqualified name means that a variable and a column both have: by default neither, it is an error (docs 41.11.1). */
export type NameConflict = 'error' | 'column' | 'variable';

/** The body as a tree, or where and why it is not PL/pgSQL. Postgres refuses to create such a function. */
export type PlpgsqlReading =
  | { readonly ok: true; readonly block: PlBlock; readonly nameConflict: NameConflict }
  | { readonly ok: false; readonly message: string; readonly at: SourceLocation };

/**
 * Reads the body of a PL/pgSQL routine or DO block; undefined for statements that have none. Never throws for any text.
 * Places are file offsets; in a body written as 'it''s' the text between two places is as written, with its quotes doubled.
 * What the grammar takes and the compiler does not (unknown variables, wrong RETURN) is `compileError`'s.
 */
export function parsePlpgsqlBody(statement: ParsedStatement, text: string): PlpgsqlReading | undefined {
  const body = routineBody(statement, text);
  if (body?.language.toLowerCase() !== 'plpgsql') return undefined;
  return readPlpgsql(body.content, body.place, statement.at.file);
}

/**
 * Reads the text of a body that is known without its statement: one from a catalog. Never throws for any text.
 * @param place turns an offset in the body into the place that the tree is to have
 */
export function readPlpgsql(content: string, place: (offset: number) => number, file: string): PlpgsqlReading {
  const reader: PlReader = {
    content,
    place,
    file,
    at: 0,
    last: 0,
    cursors: [],
    readStatements,
    depth: 0,
  };
  try {
    reader.at = nextToken(content, 0);
    const nameConflict = readOptions(reader);
    const start = reader.at;
    const block = readBlock(reader, start, readLabel(reader));
    acceptMark(reader, ';');
    if (!isAtEnd(reader)) fail(reader, 'the body goes on after its END');
    return { ok: true, block, nameConflict };
  } catch (error) {
    if (!(error instanceof PlSyntaxError)) throw error;
    return { ok: false, message: error.message, at: error.at };
  }
}

/** `#variable_conflict use_column` and its like before the first block; the last one holds. */
function readOptions(reader: PlReader): NameConflict {
  let conflict: NameConflict = 'error';
  while (isMark(reader, '#')) {
    const line = /[\r\n]|$/.exec(reader.content.slice(reader.at));
    const end = reader.at + (line?.index ?? 0);
    const option = /^#\s*variable_conflict\s+(?:use_(column|variable)|error)\b/i.exec(
      reader.content.slice(reader.at, end),
    );
    if (option !== null) conflict = (option[1]?.toLowerCase() as NameConflict | undefined) ?? 'error';
    reader.at = nextToken(reader.content, end);
  }
  return conflict;
}
