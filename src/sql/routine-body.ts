import type { DefElem, Node } from '@pgsql/types';
import { nextToken, wordAt } from './cursor.ts';
import { fieldsOf } from './nodes.ts';
import type { ParsedStatement } from './parse.ts';
import { dollarTag, tokenEnd } from './token.ts';

/** The body of a routine or DO block that is written as a string. */
export interface RoutineBody {
  /** As written, e.g. 'plpgsql', 'sql', 'c'. */
  readonly language: string;
  /** What the string means: quotes undoubled, escapes resolved. */
  readonly content: string;
  /** The file offset of the content's nth UTF-16 unit. Exact but for strings with Unicode escapes, where it is their start. */
  place(offset: number): number;
}

/** The body of a CREATE FUNCTION, CREATE PROCEDURE or DO; undefined when it has none in a string, or names a C symbol. */
export function routineBody({ node }: ParsedStatement, text: string): RoutineBody | undefined {
  const options = optionsOf(node);
  const body = option(options, 'as');
  if (body?.arg === undefined || body.location === undefined) return undefined;
  const strings = fieldsOf(body.arg, 'List')?.items ?? [body.arg];
  const content = fieldsOf(strings[0], 'String')?.sval ?? '';
  if (strings.length !== 1) return undefined;
  const language = languageOf(node);
  const at = body.location;
  const string = wordAt(text, at) === 'as' ? nextToken(text, tokenEnd(text, at)) : at;
  return { language, content, place: placeIn(text, string, content) };
}

/** The language of a CREATE FUNCTION, CREATE PROCEDURE or DO, as written. */
export function languageOf(node: Node): string {
  const named = fieldsOf(option(optionsOf(node), 'language')?.arg, 'String')?.sval;
  return named ?? ('DoStmt' in node ? 'plpgsql' : 'sql');
}

function optionsOf(node: Node): readonly Node[] | undefined {
  return fieldsOf(node, 'CreateFunctionStmt')?.options ?? fieldsOf(node, 'DoStmt')?.args;
}

function option(options: readonly Node[] | undefined, name: string): DefElem | undefined {
  for (const node of options ?? []) if ('DefElem' in node && node.DefElem.defname === name) return node.DefElem;
  return undefined;
}

function placeIn(text: string, string: number, content: string): (offset: number) => number {
  const tag = dollarTag(text, string);
  if (tag !== undefined) return (offset) => string + tag.length + offset;
  const escapes = /^[eE]/.test(text.charAt(string));
  const offsets = escapes || text[string] === "'" ? quotedOffsets(text, string, escapes, content) : undefined;
  return (offset) => offsets?.[offset] ?? string;
}

const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Where each unit of the content is written; undefined when the string has escapes that are not read here. */
function quotedOffsets(text: string, string: number, escapes: boolean, content: string): number[] | undefined {
  const offsets: number[] = [];
  const end = tokenEnd(text, string);
  let at = string + (escapes ? 2 : 1);
  let read = '';
  while (at < end) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (character === "'" && next !== "'") {
      // The end, or a continuation on a later line.
      at = nextToken(text, at + 1) + 1;
      continue;
    }
    const isPair = character === "'" || (escapes && character === '\\');
    const meaning = !isPair ? character : character === '\\' ? (ESCAPED[next] ?? next) : "'";
    read += meaning;
    offsets.push(at);
    at += isPair ? 2 : 1;
  }
  offsets.push(end - 1);
  return read === content ? offsets : undefined;
}
