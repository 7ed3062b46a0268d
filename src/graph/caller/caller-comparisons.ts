import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { nodesOf, walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import { type ComparedColumn, columnsComparedWith } from '../binding/questions/compared-columns.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { placeOf } from '../place.ts';
import { columnUnder } from '../query-shapes/column-under.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import { argumentsOf } from '../routines/call-arguments.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type CallerSource, callAsksCaller, callerSources } from './caller-source.ts';

/** A column of the policy's own row that is compared with something. */
export interface CallerComparison {
  readonly column: EntityId;
  /**
   * With what: `value` the caller's identity itself (auth.uid(), a claim, a setting, a function that asks for them);
   * `membership` what a subselect that asks for the caller finds; `argument` it is given to a user function that asks for the
   * caller (or cannot be read); `otherTable` what a subselect finds that does not ask for the caller, whatever the policies of
   * the table it reads do.
   */
  readonly via: 'value' | 'membership' | 'argument' | 'otherTable';
  /** Where the identity comes from; empty with `otherTable`. */
  readonly sources: readonly CallerSource[];
  /** Its own value is compared, perhaps but for case, blanks or NULL (`lower(email)`), not a part of it or what is made of several. */
  readonly isOwnValue: boolean;
  /** A subselect joins it to its own rows and so runs for each row. */
  readonly isCorrelated: boolean;
  /** The relations that the subselect reads. */
  readonly reads: readonly EntityId[];
  /** The columns of these that it compares with one another for equality: the keys by which it joins them. */
  readonly joins: ReadonlySet<EntityId>;
  /** Where the other side begins; null from a catalog. */
  readonly at: SourceLocation | null;
  /** With `argument`: the function, and the parameters that are given the column, by name and number; undefined where that cannot be told. */
  readonly given?: GivenToFunction;
}

/** A function that a call gives something to, and the parameters that it comes by. */
export interface GivenToFunction {
  readonly routine: EntityId;
  readonly parameters: ReadonlySet<string>;
}

const known = new WeakMap<BoundExpression, readonly CallerComparison[]>();

/**
 * What an expression about one row (of a policy) compares by equality, membership or containment with who asks. What stands
 * below a NOT, and inequalities, compare nothing: they keep out one value only.
 */
export function callerComparisons(graph: SchemaGraph, expression: BoundExpression): readonly CallerComparison[] {
  const made = known.get(expression) ?? compare(graph, expression);
  known.set(expression, made);
  return made;
}

/** Is the column compared with the caller's identity itself? */
export function isComparedWithCaller(graph: SchemaGraph, expression: BoundExpression, id: EntityId): boolean {
  return callerComparisons(graph, expression).some(({ column, via }) => column === id && via === 'value');
}

const EQUAL = new Set(['=', '@>', '<@', '&&']);

function compare(graph: SchemaGraph, expression: BoundExpression): readonly CallerComparison[] {
  const bare = columnsComparedWith(expression.tree, expression, (other) => !isNothing(other))
    .filter(({ operator, isNegated }) => EQUAL.has(operator) && !isNegated)
    .flatMap((each) => bareComparison(graph, expression, each));
  return [...bare, ...computedComparisons(graph, expression)];
}

function isNothing(node: Node): boolean {
  return 'A_Const' in node;
}

function bareComparison(
  graph: SchemaGraph,
  expression: BoundExpression,
  { column, via, other }: ComparedColumn,
): readonly CallerComparison[] {
  const sources = callerSources(graph, other, expression);
  const reads = relationsIn(other, expression);
  const joins = reads.length > 1 ? joinedColumns(graph, other, expression) : NONE;
  const shared = { column, isOwnValue: true, isCorrelated: via === 'join', joins, at: placeOf(expression, other) };
  if (via === 'argument') {
    const asks = sources.length > 0 || calledAsks(graph, other, expression);
    if (!asks) return [];
    const given = givenTo(graph, column, other, expression);
    const about = { ...shared, via, sources: sources.length > 0 ? sources : (['function'] as const), reads: [] };
    return [given === undefined ? about : { ...about, given }];
  }
  if (sources.length > 0) return [{ ...shared, via: reads.length > 0 ? 'membership' : 'value', sources, reads }];
  return reads.length > 0 ? [{ ...shared, via: 'otherTable', sources, reads }] : [];
}

function givenTo(graph: SchemaGraph, column: EntityId, node: Node, binding: Binding): GivenToFunction | undefined {
  const call = fieldsOf(node, 'FuncCall');
  const called = calledFunction(graph, node, binding);
  const args = call && called && argumentsOf(called, call);
  if (called === undefined || args === undefined) return undefined;
  const isColumn = (each: Node) => columnUnder(each, binding)?.meaning.column === column;
  return {
    routine: called.id,
    parameters: new Set([...args].flatMap(([name, each]) => (isColumn(each) ? [name] : []))),
  };
}

/** Is it a call of a user's function that asks who calls, or may do so? */
function calledAsks(graph: SchemaGraph, node: Node, binding: Binding): boolean {
  const [call, called] = [fieldsOf(node, 'FuncCall'), calledFunction(graph, node, binding)];
  if (call === undefined || called === undefined) return false;
  if (called.extension !== undefined || called.origin.from === 'platform') return false;
  return callAsksCaller(graph, called, call) !== false;
}

/** `(storage.foldername(name))[1] = auth.uid()::text`, `data ->> 'owner' = …`: something made of a column. */
function computedComparisons(graph: SchemaGraph, expression: BoundExpression): readonly CallerComparison[] {
  const found: CallerComparison[] = [];
  walk(expression.tree, (tag, node) => {
    if (tag === 'BoolExpr') return fieldsOf(node, tag)?.boolop === 'NOT_EXPR' ? 'skip' : undefined;
    if (tag !== 'A_Expr') return undefined;
    const { kind, name, lexpr, rexpr } = fieldsOf(node, tag) ?? {};
    const isEqual = EQUAL.has(stringsOf(name).at(-1) ?? '') && kind !== 'AEXPR_OP_ALL';
    if (!isEqual) return undefined;
    addComputed(graph, expression, lexpr, rexpr, found);
    addComputed(graph, expression, rexpr, lexpr, found);
    return undefined;
  });
  return found;
}

function addComputed(
  graph: SchemaGraph,
  expression: BoundExpression,
  own: Node | undefined,
  other: Node | undefined,
  found: CallerComparison[],
): void {
  if (isBareColumn(own) || other === undefined || isNothing(other)) return;
  const sources = callerSources(graph, other, expression);
  if (sources.length === 0) return;
  const reads = relationsIn(other, expression);
  const via = reads.length > 0 ? 'membership' : 'value';
  const joins = reads.length > 1 ? joinedColumns(graph, other, expression) : NONE;
  const at = placeOf(expression, other);
  const shared = { via, sources, reads, joins, isCorrelated: false, at } as const;
  const under = columnUnder(own, expression)?.meaning.column;
  for (const column of ownColumns(own, expression)) found.push({ ...shared, column, isOwnValue: column === under });
}

const NONE: ReadonlySet<EntityId> = new Set();

function joinedColumns(graph: SchemaGraph, node: Node, binding: Binding): ReadonlySet<EntityId> {
  const columns = new Set<EntityId>();
  const innerColumn = (side: Node | undefined): EntityId | undefined => {
    const reference = fieldsOf(unwrapped(side), 'ColumnRef');
    const meaning = reference && binding.meanings.get(reference);
    return meaning?.kind === 'column' && !meaning.isOuter ? meaning.column : undefined;
  };
  walk(node, (_, each) => {
    const { name, lexpr, rexpr } = fieldsOf(each, 'A_Expr') ?? {};
    const sides = stringsOf(name).at(-1) === '=' ? [lexpr, rexpr].map(innerColumn) : [];
    if (!sides.includes(undefined)) for (const side of sides) if (side !== undefined) columns.add(side);
    for (const using of fieldsOf(each, 'JoinExpr')?.usingClause ?? [])
      for (const relation of relationsIn(node, binding)) {
        const column = graph.column(relation, fieldsOf(using, 'String')?.sval ?? '');
        if (column !== undefined) columns.add(column.id);
      }
    return undefined;
  });
  return columns;
}

/** The columns of the row that the expression is about, without those that only subselects inside look at. */
function ownColumns(node: Node | undefined, { meanings }: Binding): readonly EntityId[] {
  const columns = new Set<EntityId>();
  walk(node, (tag, each) => {
    if (tag === 'SubLink') return 'skip';
    const reference = fieldsOf(each, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    if (meaning?.kind === 'column' && meaning.isOuter && meaning.column !== undefined) columns.add(meaning.column);
    return undefined;
  });
  return [...columns];
}

function relationsIn(node: Node, { meanings }: Binding): readonly EntityId[] {
  const relations: EntityId[] = [];
  for (const range of nodesOf(node, 'RangeVar')) {
    const meaning = meanings.get(range);
    if (meaning?.kind !== 'source' || meaning.relation === undefined) continue;
    if (!relations.includes(meaning.relation)) relations.push(meaning.relation);
  }
  return relations;
}

function isBareColumn(node: Node | undefined): boolean {
  let current = node;
  while (current !== undefined && 'TypeCast' in current) current = current.TypeCast.arg;
  return current !== undefined && 'ColumnRef' in current;
}
