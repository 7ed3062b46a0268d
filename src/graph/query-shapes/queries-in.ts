import type { Node, SelectStmt, SortBy } from '@pgsql/types';
import { fieldsOf, innerOf, type NodeTag, stringsOf } from '../../sql/nodes.ts';
import { type Child, walk, walkBelow } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Binding, ColumnMeaning } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { placeOf } from '../place.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { Bound } from './block-queries.ts';
import { conjuncts, type PlacedTest, testsIn } from './column-tests.ts';
import { columnMeaning, constantOf, unwrapped } from './operand.ts';
import { type ColumnJoin, NULL, type OrderKey, type Query, type RowLock, type VectorDistance } from './query.ts';
import { fromParts, querySources } from './sources.ts';
import { writesOf } from './writes.ts';

const KINDS: ReadonlyMap<NodeTag, Query['kind']> = new Map([
  ['SelectStmt', 'select'],
  ['InsertStmt', 'insert'],
  ['UpdateStmt', 'update'],
  ['DeleteStmt', 'delete'],
  ['MergeStmt', 'merge'],
  ['TruncateStmt', 'truncate'],
]);

/**
 * The queries of a tree, outer ones before those inside them, in the order of the text. Of an expression (a policy's, a
 * default) those are its subselects.
 */
export function queriesIn(graph: SchemaGraph, bound: Bound): readonly Query[] {
  const made = new Map<object, Query>();
  const unresolved = unresolvedNames(bound);
  walkBelow(bound.tree, (tag, node, parents, field) => {
    const kind = KINDS.get(tag);
    // VALUES of an INSERT are its own.
    if (kind === undefined || fieldsOf(node, 'SelectStmt')?.valuesLists !== undefined) return undefined;
    const parent = parents.findLast((each) => made.has(innerOf(each.node)));
    const query = shapeOf(graph, kind, node, bound, {
      role: roleOf(parents.at(-1), field),
      parent: parent === undefined ? null : (made.get(innerOf(parent.node)) ?? null),
      isScalar: isScalar(parents.at(-1)),
      unresolved,
    });
    made.set(innerOf(node), query);
    return undefined;
  });
  return [...made.values()];
}

/** The same of an expression that stands in the schema, which many ask about. */
export const queriesOf = askedOnce((graph: SchemaGraph, expression: BoundExpression): readonly Query[] =>
  queriesIn(graph, expression),
);

function roleOf(above: Child | undefined, field: string): Query['role'] {
  switch (above?.tag) {
    case undefined:
      return 'statement';
    case 'CommonTableExpr':
      return 'with';
    case 'RangeSubselect':
      return 'from';
    case 'InsertStmt':
      return 'value';
    default:
      return field === 'larg' || field === 'rarg' ? 'arm' : 'subselect';
  }
}

function isScalar(above: Child | undefined): boolean {
  return fieldsOf(above?.node, 'SubLink')?.subLinkType === 'EXPR_SUBLINK';
}

function unresolvedNames({ unresolved }: Binding): readonly string[] {
  const open = unresolved.filter((each) => (each.kind === 'relation' || each.kind === 'column') && each.name !== '');
  return open.map(({ schema, name }) => (schema === undefined ? name : `${schema}.${name}`));
}

function shapeOf(
  graph: SchemaGraph,
  kind: Query['kind'],
  node: Node,
  bound: Bound,
  around: Pick<Query, 'role' | 'parent' | 'isScalar' | 'unresolved'>,
): Query {
  const select = fieldsOf(node, 'SelectStmt');
  const parts = partsOf(node, bound);
  const conditions = [parts.where, ...parts.from.conditions].flatMap(conjuncts);
  const tested = conditions.map((each) => testsIn(each, bound));
  const tests = tested.flat();
  const isWhole = around.role === 'statement' && bound.at !== undefined && bound.at.file !== '';
  return {
    kind,
    ...around,
    sources: querySources(parts.from.entries, tests, bound),
    otherConditions: conditions.filter((_, at) => tested[at]?.length === 0),
    joins: joinsOf(tests),
    order: (select?.sortClause ?? []).flatMap((each) => orderKey(each, select, bound)),
    limit: limitOf(select),
    groups: (select?.groupClause ?? []).length > 0,
    isDistinct: (select?.distinctClause ?? []).length > 0,
    distances: distancesOf(node, select, bound),
    lock: lockOf(select),
    writes: writesOf(graph, node, bound),
    node,
    binding: bound,
    at: isWhole ? (bound.at ?? null) : firstPlace(node, bound),
  };
}

/** A query has no place of its own in the tree: its first token that has one stands for it. */
function firstPlace(node: Node, bound: Bound): Query['at'] {
  let place: Query['at'] = null;
  walk(node, (tag, each) => {
    const inner = innerOf(each) as { readonly location?: number };
    if (tag !== 'SelectStmt' && typeof inner.location === 'number' && inner.location >= 0) place = placeOf(bound, each);
    return place === null ? undefined : 'stop';
  });
  return place;
}

function partsOf(node: Node, bound: Bound) {
  if ('SelectStmt' in node)
    return { from: fromParts(undefined, node.SelectStmt.fromClause, bound), where: node.SelectStmt.whereClause };
  if ('UpdateStmt' in node) {
    const { relation, fromClause, whereClause } = node.UpdateStmt;
    return { from: fromParts(relation, fromClause, bound), where: whereClause };
  }
  if ('DeleteStmt' in node) {
    const { relation, usingClause, whereClause } = node.DeleteStmt;
    return { from: fromParts(relation, usingClause, bound), where: whereClause };
  }
  if ('MergeStmt' in node) {
    const { relation, sourceRelation, joinCondition } = node.MergeStmt;
    return { from: fromParts(relation, sourceRelation && [sourceRelation], bound), where: joinCondition };
  }
  const target = fieldsOf(node, 'InsertStmt')?.relation;
  return { from: fromParts(target, undefined, bound), where: undefined };
}

function joinsOf(tests: readonly PlacedTest[]): readonly ColumnJoin[] {
  const joins: ColumnJoin[] = [];
  for (const { test, joined } of tests) {
    if (test.kind !== 'equal' || !test.isBare || joined?.column === undefined) continue;
    const { column } = test;
    const right = joined.column;
    if (!joins.some((each) => each.left === right && each.right === column)) joins.push({ left: column, right });
  }
  return joins;
}

/** An output column: what is written for it, or the column that a star stands for. */
export type Output = { readonly node: Node } | { readonly meaning: ColumnMeaning };

/** The output columns, stars spread out; undefined where a star hides how many there are. */
export function outputsOf(select: SelectStmt | undefined, { meanings }: Binding): readonly Output[] | undefined {
  const outputs: Output[] = [];
  for (const target of select?.targetList ?? []) {
    const node = fieldsOf(target, 'ResTarget')?.val;
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    if (meaning?.kind === 'star') {
      if (!meaning.isComplete) return undefined;
      outputs.push(...meaning.columns.map((each) => ({ meaning: each })));
    } else if (node !== undefined) outputs.push({ node });
  }
  return outputs;
}

/** What a key of ORDER BY stands for: an output column's expression, or itself. */
function sortedBy({ node }: SortBy, select: SelectStmt | undefined, bound: Bound): Output | undefined {
  const inner = node && (fieldsOf(node, 'ColumnRef') ?? fieldsOf(node, 'A_Const'));
  const meaning = inner && bound.meanings.get(inner);
  if (meaning?.kind === 'output') return outputsOf(select, bound)?.[meaning.index];
  return node && { node };
}

function orderKey(sort: Node, select: SelectStmt | undefined, bound: Bound): readonly OrderKey[] {
  const by = fieldsOf(sort, 'SortBy');
  if (by?.node === undefined) return [];
  const sorted = sortedBy(by, select, bound);
  const isReference = sorted !== undefined && 'node' in sorted && 'ColumnRef' in sorted.node;
  const meaning =
    sorted && ('meaning' in sorted ? sorted.meaning : isReference ? columnMeaning(sorted.node, bound) : undefined);
  const descending = by.sortby_dir === 'SORTBY_DESC';
  return [
    {
      column: meaning?.column ?? null,
      relation: meaning?.relation ?? null,
      descending,
      nullsFirst: by.sortby_nulls === 'SORTBY_NULLS_FIRST' || (descending && by.sortby_nulls !== 'SORTBY_NULLS_LAST'),
      at: placeOf(bound, by.node),
    },
  ];
}

function limitOf(select: SelectStmt | undefined): Query['limit'] {
  const count = select?.limitCount;
  if (count === undefined || constantOf(count) === NULL) return 'none';
  return constantOf(count) === null ? 'variable' : 'constant';
}

const DISTANCES = new Set(['<->', '<#>', '<=>', '<+>', '<~>', '<%>']);
/** Of the text around a query: nearly none needs to be looked through. */
const MAY_BE_DISTANCE = /<[-#=+~%]>/;
const NO_DISTANCES: readonly VectorDistance[] = [];

/** Distances of this level's clauses; a plain ascending sort by one is what an index can do. */
function distancesOf(node: Node, select: SelectStmt | undefined, bound: Bound): readonly VectorDistance[] {
  if (!MAY_BE_DISTANCE.test(bound.text)) return NO_DISTANCES;
  const sorted = new Set<object>();
  for (const sort of select?.sortClause ?? []) {
    const by = fieldsOf(sort, 'SortBy');
    const output = by && by.sortby_dir !== 'SORTBY_DESC' ? sortedBy(by, select, bound) : undefined;
    const expression = output && 'node' in output ? fieldsOf(unwrapped(output.node), 'A_Expr') : undefined;
    if (expression !== undefined) sorted.add(expression);
  }
  const found: VectorDistance[] = [];
  const own = innerOf(node);
  walk(node, (tag, each) => {
    if (KINDS.has(tag) && innerOf(each) !== own) return 'skip';
    const expression = fieldsOf(each, 'A_Expr');
    const operator = stringsOf(expression?.name).at(-1) ?? '';
    if (expression === undefined || !DISTANCES.has(operator)) return undefined;
    for (const side of [expression.lexpr, expression.rexpr]) {
      const meaning = columnMeaning(side, bound);
      if (meaning?.column === undefined || !isVector(meaning)) continue;
      const use = sorted.has(expression) ? 'order' : 'computed';
      found.push({ column: meaning.column, operator, use, at: placeOf(bound, each) });
      break;
    }
    return undefined;
  });
  return found;
}

/** pgvector's types, by name as they may be in any schema; <-> is also for points and texts. */
function isVector({ type }: ColumnMeaning): boolean {
  return type !== undefined && /^(?:vector|halfvec|sparsevec|bit)$/.test(type.name.name);
}

const STRENGTHS: ReadonlyMap<string, RowLock['strength']> = new Map([
  ['LCS_FORUPDATE', 'update'],
  ['LCS_FORNOKEYUPDATE', 'no key update'],
  ['LCS_FORSHARE', 'share'],
  ['LCS_FORKEYSHARE', 'key share'],
]);

function lockOf(select: SelectStmt | undefined): RowLock | null {
  const clause = fieldsOf(select?.lockingClause?.[0], 'LockingClause');
  const strength = STRENGTHS.get(clause?.strength ?? '');
  if (strength === undefined) return null;
  const { waitPolicy } = clause ?? {};
  return { strength, skipsLocked: waitPolicy === 'LockWaitSkip', isNoWait: waitPolicy === 'LockWaitError' };
}
