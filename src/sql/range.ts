import type { Node } from '@pgsql/types';
import { nextToken, openerBefore, wordAt } from './cursor.ts';
import type { WrittenExpression } from './expression.ts';
import { ownExtent, trailingEnd } from './node-end.ts';
import { fieldsOf, type NodeTag, tagOf } from './nodes.ts';
import { tokenEnd } from './token.ts';
import { eachBelow } from './walk.ts';

/** Half open, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The text of an expression, without brackets around the whole of it. `text` is what the tree's places count in.
 * What the grammar made up has no text: the `*` of `TABLE t` gives an empty range.
 * For a query (a SelectStmt) give the statement that it is in as `within`: its range is what that statement says after AS.
 */
export function expressionRange(tree: Node, text: string, within?: TextRange): TextRange {
  if (within !== undefined && 'SelectStmt' in tree) return queryRange(text, within);
  const location = locationOf(tree);
  const whole = location === undefined ? undefined : ownExtent(text, tree, location);
  if (location !== undefined && whole?.closed === true) return { start: location, end: whole.end };
  const { start, end } = extent(tree, text);
  if (start === Infinity) return { start: within?.start ?? 0, end: within?.start ?? 0 };
  return balanced(text, start, Math.max(end, start));
}

interface Extent {
  readonly node: Node;
  readonly above: Extent | undefined;
  start: number;
  end: number;
}

/** From the first to the last token that a tree says something about; from Infinity where it says nothing. */
function extent(tree: Node, text: string): TextRange {
  const root: Extent = { node: tree, above: undefined, start: Infinity, end: -1 };
  const order = [root];
  // Nodes are added while they are gone through: those below a node come after it.
  for (const entry of order) {
    const location = locationOf(entry.node);
    const own = location === undefined ? undefined : ownExtent(text, entry.node, location);
    if (location !== undefined) {
      entry.start = location;
      if (own !== undefined) entry.end = own.end;
      if (own?.closed === true) continue;
    }
    const inside = own === undefined ? undefined : insideOf(entry.node);
    eachBelow(entry.node, (_, node, field) => {
      if (field !== 'indirection' && field !== inside) order.push({ node, above: entry, start: Infinity, end: -1 });
    });
  }
  for (let at = order.length - 1; at >= 0; at--) {
    const entry = order[at] as Extent;
    if (entry.end !== -1 || entry.start !== Infinity) entry.end = trailingEnd(text, entry.node, entry.end);
    if (entry.above === undefined) continue;
    entry.above.start = Math.min(entry.above.start, entry.start);
    entry.above.end = Math.max(entry.above.end, entry.end);
  }
  return root;
}

/** The field of a node whose contents lie between the node's own tokens: the brackets of IN (…), ANY (SELECT …). */
function insideOf(node: Node): string | undefined {
  if ('SubLink' in node) return 'subselect';
  return 'A_Expr' in node && node.A_Expr.rexpr_list_end !== undefined ? 'rexpr' : undefined;
}

/** The expression with its text. `file` is the path as shown to people; `within` as in `expressionRange`. */
export function makeExpression(tree: Node, text: string, file: string, within?: TextRange): WrittenExpression {
  const { start, end } = expressionRange(tree, text, within);
  return { tree, text: text.slice(start, end), start, at: { file, start, end } };
}

function locationOf(node: Node): number | undefined {
  const tag = tagOf(node);
  if (tag === undefined || SUB_SELECT_PARTS.has(tag)) return undefined;
  const { location } = (fieldsOf(node, tag) ?? {}) as { location?: unknown };
  return typeof location === 'number' && location >= 0 ? location : undefined;
}

/** Nodes whose location may be far from the expression, or says nothing about where it starts. */
const SUB_SELECT_PARTS = new Set<NodeTag>(['JsonFormat', 'JsonReturning']);

/** Takes in the brackets that are opened or closed on one side only. */
function balanced(text: string, from: number, to: number): TextRange {
  const open: string[] = [];
  let start = from;
  let end = to;
  for (let at = from; at < to; at = nextToken(text, tokenEnd(text, at))) {
    const mark = text[at];
    if (mark === '(' || mark === '[') open.push(mark);
    else if ((mark === ')' || mark === ']') && open.pop() === undefined) {
      const before = openerBefore(text, start, mark === ')' ? '(' : '[');
      if (before === undefined) break;
      start = openerBefore(text, before, 'row') ?? before;
    }
  }
  for (let at = end; open.length > 0 && at < text.length; at = nextToken(text, end)) {
    end = tokenEnd(text, at);
    if (text[at] === '(' || text[at] === '[') open.push(text.charAt(at));
    else if (text[at] === ')' || text[at] === ']') open.pop();
  }
  return { start, end };
}

const QUERY_WORDS = new Set(['select', 'with', 'values', 'table']);
const AFTER_QUERY = /^with\s+(no\s+data|data|((local|cascaded)\s+)?check\s+option)$/i;

/** The query of CREATE [MATERIALIZED] VIEW or CREATE TABLE … AS, without WITH CHECK OPTION or WITH [NO] DATA; or a bare query. */
function queryRange(text: string, within: TextRange): TextRange {
  let start = within.start;
  let end = within.end;
  let depth = 0;
  let isQuery = text[start] === '(' || QUERY_WORDS.has(wordAt(text, start));
  for (let at = within.start; at < within.end; at = nextToken(text, tokenEnd(text, at))) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (depth === 0) {
      const word = wordAt(text, at);
      if (!isQuery && word === 'as') {
        isQuery = true;
        start = nextToken(text, tokenEnd(text, at));
      } else if (isQuery && word === 'with' && AFTER_QUERY.test(text.slice(at, within.end))) end = at;
    }
  }
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  return { start, end };
}
