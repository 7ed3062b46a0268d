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

/**
 * Puts each call that starts at one of `offsets` into a scalar subselect of its own: `auth.uid() = a` becomes
 * `(select auth.uid()) = a`. A cast or a `->`, `->>` of the call goes inside with it.
 * @returns null where the expression cannot be read, or not every call found: then there is no safe rewriting
 */
export function wrapCalls(expression: string, offsets: readonly number[]): string | null {
  const tree = read(withoutComments(expression));
  if (tree === null) return null;
  const ranges: Range[] = [];
  for (const offset of offsets) {
    const range = wrappable(tree, offset, expression);
    if (range === null) return null;
    if (!ranges.some((each) => each.start === range.start)) ranges.push(range);
  }
  const written = ranges
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end }) => {
      const inner = `select ${text.slice(start, end)}`;
      return text.slice(0, start) + (isBracketed(text, start, end) ? inner : `(${inner})`) + text.slice(end);
    }, expression);
  return isExpression(written) ? written : null;
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
function wrappable(tree: unknown, offset: number, text: string): Range | null {
  let found: Range | null = null;
  let isOpen = false;
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const child of Object.values(node)) visit(child);
    const { type, _location: at } = node as AstNode;
    if (at === undefined || at.start !== offset) return;
    if (type === 'call' && found === null) {
      found = at;
      isOpen = true;
    } else if (isOpen && found !== null && at.end > found.end) {
      isOpen = (type === 'cast' || type === 'member') && isBalanced(text, at);
      if (isOpen) found = at;
    }
  };
  visit(tree);
  return found;
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
