// Over 200 lines: the ends of all node types of one grammar, which are read together.
import type { A_Indirection, FuncCall, Node } from '@pgsql/types';
import { afterBrackets, afterMark, afterWord, bracketEnd, dottedEnd, nextToken, wordAt } from './cursor.ts';
import { tokenEnd } from './token.ts';
import { typeEnd } from './type-range.ts';

/** What the text says of one node, beyond the places of the nodes below it. */
export interface NodeExtent {
  /** The end of the node's own tokens, where they reach further than those of the nodes below it. */
  readonly end: number;
  /** The node starts at its location and ends at `end`: nothing below it need be looked at. */
  readonly closed: boolean;
}

/** The extent of a node's own tokens from its location on; undefined when the nodes below it say it all. */
export function ownExtent(text: string, node: Node, location: number): NodeExtent | undefined {
  const closed = closedEnd(text, node, location);
  if (closed !== undefined) return { end: closed, closed: true };
  const open = openEnd(text, node, location);
  return open === undefined ? undefined : { end: open, closed: false };
}

/** Nodes that start at their location and whose last token can be found from there. */
function closedEnd(text: string, node: Node, location: number): number | undefined {
  if ('ColumnRef' in node) return partsEnd(text, location, node.ColumnRef.fields?.length ?? 1);
  if ('A_Const' in node) return constantEnd(text, location);
  if ('ParamRef' in node || 'SetToDefault' in node) return tokenEnd(text, location);
  if ('TypeName' in node) return typeEnd(text, node.TypeName, location);
  if ('CaseExpr' in node) return caseEnd(text, location);
  if ('FuncCall' in node)
    return isCallSyntax(text, node.FuncCall, location) ? callEnd(text, node.FuncCall, location) : undefined;
  if ('JsonAggConstructor' in node) return aggregateEnd(text, node.JsonAggConstructor, argumentsEnd(text, location));
  if ('SQLValueFunction' in node) {
    const end = tokenEnd(text, location);
    return node.SQLValueFunction.op?.endsWith('_N') ? (afterBrackets(text, end, '(') ?? end) : end;
  }
  if ('A_ArrayExpr' in node) return text[location] === '[' ? bracketEnd(text, location) : arrayEnd(text, location);
  if ('TypeCast' in node) return wordAt(text, location) === 'cast' ? argumentsEnd(text, location) : undefined;
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? argumentsEnd(text, location) : undefined;
  if ('XmlExpr' in node) return node.XmlExpr.op === 'IS_DOCUMENT' ? undefined : argumentsEnd(text, location);
  if ('SubLink' in node) return node.SubLink.testexpr === undefined ? argumentsEnd(text, location) : undefined;
  for (const tag in node) if (BRACKETED.has(tag)) return argumentsEnd(text, location);
  return undefined;
}

/** Nodes that start with a node below them and end with tokens of their own. */
function openEnd(text: string, node: Node, location: number): number | undefined {
  if ('NullTest' in node || 'BooleanTest' in node || 'XmlExpr' in node) return testEnd(text, location);
  if ('CollateClause' in node) {
    const name = nextToken(text, tokenEnd(text, location));
    return partsEnd(text, name, node.CollateClause.collname?.length ?? 1);
  }
  if ('SubLink' in node) return argumentsEnd(text, operatorEnd(text, location));
  if ('FuncCall' in node) return wordAt(text, location) === 'is' ? normalizedEnd(text, location) : undefined;
  if ('A_Expr' in node && node.A_Expr.rexpr_list_end !== undefined) return node.A_Expr.rexpr_list_end + 1;
  return undefined;
}

/** What stands after the nodes below, for node types without a location of their own there; `end` is the end of those. */
export function trailingEnd(text: string, node: Node, end: number): number {
  if ('A_Indirection' in node) return indirectionEnd(text, node.A_Indirection, end);
  if ('JsonIsPredicate' in node) {
    let at = outOfBrackets(text, end);
    for (let next = afterWord(text, at, IS_JSON); next !== undefined; next = afterWord(text, at, IS_JSON)) at = next;
    return at;
  }
  if ('FuncCall' in node && (node.FuncCall.location ?? -1) < 0) {
    const at = afterWord(text, outOfBrackets(text, end), AT);
    return at === undefined ? end : (afterWord(text, at, LOCAL) ?? end);
  }
  return end;
}

const AT = new Set(['at']);
const LOCAL = new Set(['local']);
const IS_JSON = new Set('is not json value array object scalar with without unique keys'.split(' '));
const BRACKETED = new Set([
  ...['RowExpr', 'CoalesceExpr', 'MinMaxExpr', 'GroupingFunc', 'XmlSerialize', 'MergeSupportFunc', 'JsonFuncExpr'],
  ...['JsonParseExpr', 'JsonScalarExpr', 'JsonSerializeExpr', 'JsonObjectConstructor', 'JsonArrayConstructor'],
  'JsonArrayQueryConstructor',
]);

/** The end of the round brackets that follow the token at `location`, or that start there. */
function argumentsEnd(text: string, location: number): number {
  if (text[location] === '(') return bracketEnd(text, location);
  const end = tokenEnd(text, location);
  return afterBrackets(text, end, '(') ?? end;
}

function arrayEnd(text: string, location: number): number {
  const end = tokenEnd(text, location);
  return afterBrackets(text, end, '[') ?? end;
}

/** A name of so many parts, the last of which may be `*`. */
function partsEnd(text: string, location: number, parts: number): number {
  let end = tokenEnd(text, location);
  for (let part = 1; part < parts; part++) {
    const dot = afterMark(text, end, '.');
    if (dot === undefined) return end;
    end = tokenEnd(text, nextToken(text, dot));
  }
  return end;
}

const UESCAPE = new Set(['uescape']);

/** A constant; the grammar folds a minus sign into the number after it. */
function constantEnd(text: string, location: number): number {
  const end = tokenEnd(text, location);
  if (text[location] === '-') return tokenEnd(text, nextToken(text, end));
  if (!/^[uU]&/.test(text.slice(location, location + 2))) return end;
  const uescape = afterWord(text, end, UESCAPE);
  return uescape === undefined ? end : tokenEnd(text, nextToken(text, uescape));
}

function caseEnd(text: string, location: number): number {
  let depth = 0;
  let at = location;
  while (at < text.length) {
    const word = wordAt(text, at);
    const end = tokenEnd(text, at);
    if (word === 'case') depth++;
    else if (word === 'end' && --depth === 0) return end;
    at = nextToken(text, end);
  }
  return text.length;
}

/** Functions that the grammar makes of operators written in words, such as `x AT TIME ZONE y`. */
const INFIX = new Set(['at', 'like', 'ilike', 'not', 'similar', 'overlaps', 'is']);

function isCallSyntax(text: string, call: FuncCall, location: number): boolean {
  const [schema] = call.funcname ?? [];
  const isSystem = schema !== undefined && 'String' in schema && schema.String.sval === 'pg_catalog';
  return !(isSystem && INFIX.has(wordAt(text, location)));
}

const FOR = new Set(['for']);

function callEnd(text: string, call: FuncCall, location: number): number {
  const first = tokenEnd(text, location);
  const name = wordAt(text, location) === 'collation' ? (afterWord(text, first, FOR) ?? first) : dottedEnd(text, first);
  return aggregateEnd(text, call, afterBrackets(text, name, '(') ?? name);
}

const WITHIN = new Set(['within']);
const FILTER = new Set(['filter']);
const OVER = new Set(['over']);

function aggregateEnd(
  text: string,
  call: Pick<FuncCall, 'agg_within_group' | 'agg_filter' | 'over'>,
  start: number,
): number {
  let end = start;
  if (call.agg_within_group) {
    const within = afterWord(text, end, WITHIN);
    if (within !== undefined) end = argumentsEnd(text, nextToken(text, within));
  }
  if (call.agg_filter !== undefined) end = afterBrackets(text, afterWord(text, end, FILTER) ?? end, '(') ?? end;
  if (call.over === undefined) return end;
  const over = afterWord(text, end, OVER);
  return over === undefined ? end : (afterBrackets(text, over, '(') ?? tokenEnd(text, nextToken(text, over)));
}

const NOT = new Set(['not']);

/** ISNULL, NOTNULL, IS [NOT] anything. */
function testEnd(text: string, location: number): number {
  const end = tokenEnd(text, location);
  if (wordAt(text, location) !== 'is') return end;
  return tokenEnd(text, nextToken(text, afterWord(text, end, NOT) ?? end));
}

function normalizedEnd(text: string, location: number): number {
  let at = location;
  while (wordAt(text, at) !== '' && wordAt(text, at) !== 'normalized') at = nextToken(text, tokenEnd(text, at));
  return tokenEnd(text, at);
}

/** From the operator before ANY, ALL or SOME, or from [NOT] IN, to the last token before the sub-select. */
function operatorEnd(text: string, location: number): number {
  let at = location;
  if (wordAt(text, at) === 'operator') at = nextToken(text, argumentsEnd(text, at));
  while (at < text.length) {
    const next = nextToken(text, tokenEnd(text, at));
    if (text[next] === '(') return at;
    at = next;
  }
  return at;
}

function outOfBrackets(text: string, end: number): number {
  let at = end;
  for (let next = afterMark(text, at, ')'); next !== undefined; next = afterMark(text, at, ')')) at = next;
  return at;
}

function indirectionEnd(text: string, { indirection }: A_Indirection, end: number): number {
  let at = outOfBrackets(text, end);
  for (const step of indirection ?? []) {
    if ('A_Indices' in step) at = afterBrackets(text, at, '[') ?? at;
    else {
      const dot = afterMark(text, at, '.');
      if (dot !== undefined) at = tokenEnd(text, nextToken(text, dot));
    }
  }
  return at;
}
