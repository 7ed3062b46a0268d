import { createRequire } from 'node:module';
import { commentsOf } from './comments.ts';
import { wordAt } from './cursor.ts';
import { readSql } from './parse.ts';
import { tokenEnd } from './token.ts';

/** A node of pgsql-ast-parser's tree, as far as this file looks at it: its trees say where a node ends, which Postgres' own do not. */
interface AstNode {
  readonly type?: string;
  readonly _location?: { readonly start: number; readonly end: number };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** A call, and the call with the casts and JSON steps around it. */
interface Wrappable {
  readonly call: Range;
  readonly whole: Range;
}

/**
 * Puts each call that starts at one of `offsets` into a scalar subselect of its own: `auth.uid() = a` becomes
 * `(select auth.uid()) = a`. A cast or a `->`, `->>` of the call goes inside with it.
 * @param types what the calls return, by their offset: an array that ANY or ALL compares with needs a cast around the subselect,
 * or it would be taken for a list of rows
 * @returns null where the expression cannot be read, or not every call found: then there is no safe rewriting
 */
export function wrapCalls(
  expression: string,
  offsets: readonly number[],
  types: ReadonlyMap<number, string> = new Map(),
): string | null {
  const tree = read(withoutComments(expression));
  if (tree === null) return null;
  const edits = new Map<number, { readonly range: Range; readonly written: string }>();
  for (const offset of offsets) {
    const found = wrappable(tree, offset, expression);
    if (found === null) return null;
    const edit = editOf(expression, found, types.get(offset));
    if (edit === null) return null;
    edits.set(offset, edit);
  }
  const written = [...edits.values()]
    .sort((a, b) => b.range.start - a.range.start)
    .reduce(
      (text, { range, written: inner }) => text.slice(0, range.start) + inner + text.slice(range.end),
      expression,
    );
  return isExpression(written) ? written : null;
}

/** `= any (f())` compares with an array; with a bare subselect in its place ANY would compare with the rows of that. */
function editOf(text: string, { call, whole }: Wrappable, type: string | undefined) {
  const select = (range: Range) => `select ${text.slice(range.start, range.end)}`;
  if (isArrayOfAny(text, whole)) {
    if (whole.end > call.end) return { range: call, written: `(${select(call)})` };
    return type === undefined ? null : { range: whole, written: `(${select(whole)})::${type}` };
  }
  const inner = select(whole);
  return { range: whole, written: isBracketed(text, whole.start, whole.end) ? inner : `(${inner})` };
}

function isArrayOfAny(text: string, { start, end }: Range): boolean {
  const before = text.slice(0, start).trimEnd();
  return /\b(?:any|some|all)\s*\(+$/i.test(before) && text.slice(end).trimStart().startsWith(')');
}

/** Loaded here, and so only when a fix is asked for: the parser's grammar takes longer to load than most audits to run. */
function read(expression: string): unknown {
  const { parse } = createRequire(import.meta.url)('pgsql-ast-parser') as typeof import('pgsql-ast-parser');
  try {
    return parse(expression, { entry: 'expr', locationTracking: true });
  } catch {
    return null;
  }
}

/** Its lexer does not know every comment; blanks keep the places. */
function withoutComments(text: string): string {
  return commentsOf(text).reduce(
    (rest, { start, end }) => rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end),
    text,
  );
}

/** The text of the call at this place, with the casts and JSON steps around it; nested calls: the innermost that starts here. */
function wrappable(tree: unknown, offset: number, text: string): Wrappable | null {
  let found: Range | null = null;
  let call: Range | null = null;
  let isOpen = false;
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const child of Object.values(node)) visit(child);
    const { type, _location: at } = node as AstNode;
    if (at === undefined || at.start !== offset) return;
    if (type === 'call' && found === null) {
      found = at;
      call = at;
      isOpen = true;
    } else if (isOpen && found !== null && at.end > found.end) {
      isOpen = (type === 'cast' || type === 'member') && isBalanced(text, at);
      if (isOpen) found = at;
    }
  };
  visit(tree);
  return call === null || found === null ? null : { call, whole: found };
}

function isBalanced(text: string, { start, end }: Range): boolean {
  let depth = 0;
  for (let at = start; at < end; at = tokenEnd(text, at)) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth < 0) return false;
  }
  return depth === 0;
}

/** Has the range round brackets to itself already? Those of a call, of IN or of ANY are not its own. */
function isBracketed(text: string, start: number, end: number): boolean {
  const before = text.slice(0, start).trimEnd();
  if (!before.endsWith('(') || !text.slice(end).trimStart().startsWith(')')) return false;
  const outer = before.slice(0, -1).trimEnd();
  const last = outer.search(/[\p{L}\p{N}_$"]+$/u);
  return last === -1 || OPERATOR_WORDS.has(wordAt(outer, last));
}

const OPERATOR_WORDS = new Set(['and', 'or', 'not', 'when', 'then', 'else', 'between']);

function isExpression(text: string): boolean {
  const { statements, rejected } = readSql(`select (${text})`, '');
  return rejected.length === 0 && statements.length === 1;
}
