import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityOf } from '../entities/index.ts';
import { isCaughtAround } from '../failures/failing-names.ts';
import { placeOf } from '../place.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { constantOf, unwrapped, variableOf } from './operand.ts';
import { eachStatement, isAlwaysReached, mayAssign, ownExpressions } from './pl-statements.ts';
import { reachOf } from './reached-expressions.ts';
import { routineShape } from './routine-shape.ts';
import { type PutValue, variableSources } from './variable-sources.ts';

type Routine = EntityOf<'function'>;

/** A bound of `FOR i IN 1 .. array_length(list, 1)`, which is NULL for an array without elements: the loop fails then. */
export interface NullLoopBound {
  /** The function that is NULL: `array_length`. */
  readonly asked: string;
  /** The array, a parameter or a variable. */
  readonly array: string;
  /** A parameter has what it is called with; a variable what a query gave, which may have found no row. */
  readonly from: 'caller' | 'query';
  /** Which bound the server names first. */
  readonly side: 'lower' | 'upper';
  /** The calls of this loop that are NULL, with the values that keep the loop from running. */
  readonly calls: readonly { readonly node: Node; readonly without: string }[];
  readonly at: SourceLocation | null;
}

/** The functions that know no length of an array without elements (docs 9.19), with what leaves the loop out. */
const WITHOUT: ReadonlyMap<string, string> = new Map([
  ['array_length', '0'],
  ['array_upper', '0'],
  ['array_lower', '1'],
]);

/**
 * The loops of a PL/pgSQL body that fail with 22004 where an array is empty. Nothing is concluded of an array that anything
 * before the loop asks about or changes, nor where a handler is there for the error.
 */
export function nullLoopBounds(graph: SchemaGraph, routine: Routine): readonly NullLoopBound[] {
  const { block, expressions } = routineShape(graph, routine);
  if (block === null) return [];
  const bound = new Map(expressions.map((each) => [each.tree, each]));
  const all = [...eachStatement([block])];
  return all.flatMap(({ statement, parents }, at): readonly NullLoopBound[] => {
    if (statement.kind !== 'for-range') return [];
    if (isCaughtAround(reachOf(statement, parents).handlers, '22004', 'null_value_not_allowed') !== false) return [];
    const calls = (['from', 'to'] as const).flatMap((field) => {
      const expression = statement[field];
      const binding = bound.get(expression.tree);
      return binding === undefined
        ? []
        : callsIn(expression, expression.tree, binding).map((each) => ({ ...each, field }));
    });
    const [first] = calls;
    if (first === undefined) return [];
    const from = originOf(graph, routine, first.array, all.slice(0, at), all);
    // What has left before may have found out that there is no row.
    if (from === undefined || (from === 'query' && !isAlwaysReached(statement, parents))) return [];
    const own = calls.filter(({ array }) => array === first.array);
    const side = first.field === 'from' ? 'lower' : 'upper';
    const { asked, array, expression, node } = first;
    return [{ asked, array, from, side, calls: own, at: placeOf(expression, node) }];
  });
}

interface AskedLength {
  readonly asked: string;
  readonly array: string;
  readonly node: Node;
  readonly without: string;
  readonly expression: PlExpression;
}

/** The calls by whose NULL the whole expression is NULL: itself, or a part of a sum or difference. */
function callsIn(expression: PlExpression, tree: Node, binding: Binding): readonly AskedLength[] {
  const node = unwrapped(tree);
  const sum = fieldsOf(node, 'A_Expr');
  if (sum?.kind === 'AEXPR_OP' && ['+', '-'].includes(stringsOf(sum.name).at(-1) ?? ''))
    return [sum.lexpr, sum.rexpr].flatMap((side) => (side === undefined ? [] : callsIn(expression, side, binding)));
  const call = fieldsOf(node, 'FuncCall');
  const asked = stringsOf(call?.funcname).at(-1) ?? '';
  const without = WITHOUT.get(asked);
  const [list, dimension] = call?.args ?? [];
  if (node === undefined || without === undefined || constantOf(dimension) !== '1') return [];
  const array = variableOf(list, binding);
  return array === null || array.startsWith('$') ? [] : [{ asked, array, node, without, expression }];
}

type Placed = { readonly statement: PlStatement };

/** Where the array comes from, if it can come empty. */
function originOf(
  graph: SchemaGraph,
  routine: Routine,
  array: string,
  before: readonly Placed[],
  all: readonly Placed[],
): NullLoopBound['from'] | undefined {
  const name = array.split('.').at(-1) ?? array;
  const [source, another] = variableSources(graph, routine).get(array) ?? [];
  const given = all.find(({ statement }) => source !== undefined && isSourceOf(statement, source))?.statement;
  const isChanged = all.some(({ statement }) => statement !== given && mayAssign(statement, name));
  if (isChanged || another !== undefined) return undefined;
  const parameter = routine.parameters.find((each) => each.name === name);
  const isAsked = before.some(
    ({ statement }) => statement !== given && asksFor(statement, name, parameter === undefined),
  );
  if (isAsked) return undefined;
  if (parameter !== undefined)
    return parameter.mode === 'in' && parameter.type.isArray && source === undefined ? 'caller' : undefined;
  return source !== undefined && given !== undefined && mayFindNothing(source, given) ? 'query' : undefined;
}

function isSourceOf(statement: PlStatement, source: PutValue): boolean {
  if (!('node' in source)) return false;
  return ownExpressions(statement).some(({ tree }) => anyNode(tree, (node) => node === source.node));
}

/** Does a statement look at the array, so that what comes behind may be reached with elements only? */
function asksFor(statement: PlStatement, name: string, isFilledOrNull: boolean): boolean {
  // The bounds of a loop ask for nothing: it fails by them.
  if (statement.kind === 'for-range') return false;
  return ownExpressions(statement).some(({ tree }) => isNamedIn(tree, name, isFilledOrNull));
}

/** Is it named, elsewhere than in `x IS NULL`, which says nothing of elements? */
function isNamedIn(tree: Node, name: string, evenIfNull: boolean): boolean {
  const tested = new Set<unknown>();
  return anyNode(tree, (node) => {
    const test = fieldsOf(node, 'NullTest');
    if (test !== undefined && !evenIfNull) tested.add(fieldsOf(test.arg, 'ColumnRef'));
    const reference = fieldsOf(node, 'ColumnRef');
    return reference !== undefined && !tested.has(reference) && stringsOf(reference.fields).includes(name);
  });
}

/** `array_agg(…)` over tables without GROUP BY, which is NULL where no row is found, and `ARRAY(SELECT …)`, which is empty then. */
function mayFindNothing(source: PutValue, given: PlStatement): boolean {
  if (!('node' in source)) return false;
  const node = unwrapped(source.node);
  const link = fieldsOf(node, 'SubLink');
  if (link?.subLinkType === 'ARRAY_SUBLINK') return readsTables(link.subselect, source.binding);
  if (link?.subLinkType === 'EXPR_SUBLINK') {
    const target = fieldsOf(fieldsOf(link.subselect, 'SelectStmt')?.targetList?.[0], 'ResTarget')?.val;
    return isAggregate(target) && readsTables(link.subselect, source.binding);
  }
  return given.kind === 'sql' && isAggregate(node) && readsTables(given.sql.tree, source.binding);
}

function isAggregate(node: Node | undefined): boolean {
  return stringsOf(fieldsOf(unwrapped(node), 'FuncCall')?.funcname).at(-1) === 'array_agg';
}

/** Does a query read rows of tables only, none or many, some of them left out by a condition? */
function readsTables(query: Node | undefined, { meanings }: Binding): boolean {
  const select = fieldsOf(query, 'SelectStmt');
  const from = select?.fromClause ?? [];
  if (select?.whereClause === undefined || from.length === 0 || select.groupClause !== undefined) return false;
  return from.every(function isTable(item: Node): boolean {
    const join = fieldsOf(item, 'JoinExpr');
    if (join !== undefined) return [join.larg, join.rarg].every((side) => side !== undefined && isTable(side));
    const range = fieldsOf(item, 'RangeVar');
    const meaning = range && meanings.get(range);
    return meaning?.kind === 'source' && !meaning.isCte;
  });
}
