import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { queueTable } from '../lexicon/table-roles.ts';
import { ownColumns } from '../own-column.ts';
import { conjuncts, disjuncts, isIndexedEquality } from '../query-shapes/column-tests.ts';
import { columnsIn, constantText } from '../query-shapes/operand.ts';
import type { OrderKey, Query, QuerySource } from '../query-shapes/query.ts';
import { queriesInSchema, writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isMoment, typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import { followsFromNotNull } from '../values/implication.ts';
import { searchedKeys } from './index-coverage.ts';
import { mayHaveUniqueKeyOf } from './index-keys.ts';

type Table = EntityOf<'table'>;
type Routine = EntityOf<'function'>;

/** Rows that a function of the schema looks for, and no index finds as it wants them. */
export interface UnservedLookup {
  readonly table: Table;
  readonly routine: Routine;
  readonly query: Query;
  /**
   * `queue` the next ones by status, in an order; `timeline` the rows of one parent in time order, the first few; `lookup` those
   * with certain values in two or more columns, none of which leads an index.
   */
  readonly shape: 'queue' | 'timeline' | 'lookup';
  /** The columns held to one value, as an index would begin with them. */
  readonly equal: readonly EntityId[];
  /** The order behind them; empty for `lookup`. */
  readonly order: readonly OrderKey[];
}

/** The unserved look-ups of the functions of the schema, each once for every query. */
export function unservedLookups(graph: SchemaGraph): readonly UnservedLookup[] {
  return queriesInSchema(graph).flatMap(({ holder, query }) => {
    if (holder.kind !== 'function' || query.unresolved.length > 0) return [];
    return query.sources.flatMap((source) => {
      const table = graph.find(source.relation);
      const isInsert = source.isTarget && query.kind === 'insert';
      if (table?.kind !== 'table' || isInsert || table.partitionOf !== null || table.isAssumed) return [];
      if (table.persistence === 'temporary' || !isUsersOwn(graph, table)) return [];
      const found = unserved(graph, table, query, source);
      // What a function empties itself is its scratch table.
      const isScratch = found?.shape === 'lookup' && deletesFrom(graph, holder, table);
      return found === undefined || isScratch ? [] : [{ table, routine: holder, query, ...found }];
    });
  });
}

function deletesFrom(graph: SchemaGraph, routine: Routine, table: Table): boolean {
  return writesTo(graph, table.id).some(({ holder, write }) => holder === routine && write.kind === 'delete');
}

function unserved(
  graph: SchemaGraph,
  table: Table,
  query: Query,
  source: QuerySource,
): Pick<UnservedLookup, 'shape' | 'equal' | 'order'> | undefined {
  const equalities = source.tests.filter(isIndexedEquality);
  const tests = equalities.filter((each) => each.against !== 'column');
  const equal = [...new Set(tests.map((each) => each.column))];
  if (equal.length === 0 || findsOne(graph, table, [...equal, ...joinedColumns(query)])) return undefined;
  // Where nothing else is read, another column is one of the row around (NEW), which has one value.
  const held = query.sources.length === 1 ? [...new Set(equalities.map((each) => each.column))] : equal;
  const order = orderOn(query, table);
  const [first] = order;
  if (first !== undefined && query.limit !== 'none' && !query.groups && !query.isDistinct) {
    const status = queueTable(graph, table)?.status?.id;
    const isQueue = status !== undefined && equal.includes(status) && queueTable(graph, table)?.isSure === true;
    if (isQueue) {
      // The rows of one owner, which an index finds, are few.
      const isOwned = tests.some(({ column, against }) => against === 'variable' && leads(graph, table, column));
      if (isOwned || hasOrderedIndex(graph, table, query, source, held)) return undefined;
      return { shape: 'queue', equal: [status], order };
    }
    const parents = equal.filter((each) => isParentKey(graph, table, each));
    const isTimed = query.sources.length === 1 && isTime(graph, first.column);
    if (parents.length === 0 || !isTimed || hasOrderedIndex(graph, table, query, source, held)) return undefined;
    if (isNarrowed(graph, table, query, source, parents) || asksForFew(graph, table, query, source, parents))
      return undefined;
    return parents.some((each) => leads(graph, table, each)) ? { shape: 'timeline', equal: parents, order } : undefined;
  }
  const telling = tellingColumns(graph, source);
  if (telling.length < 2 || !isScanned(graph, table, query, source)) return undefined;
  return { shape: 'lookup', equal: telling.slice(0, MOST_KEYS), order: [] };
}

/** How many keys a look-up needs at most; further ones hardly leave out another row. */
const MOST_KEYS = 3;

/** The columns whose values the caller gives: constants are kinds and states, which many rows share, as flags and enums are. */
function tellingColumns(graph: SchemaGraph, { tests }: QuerySource): readonly EntityId[] {
  const given = tests.filter(
    (each) => isIndexedEquality(each) && (each.against === 'variable' || each.against === 'expression'),
  );
  return [...new Set(given.map((each) => each.column))].filter((each) => {
    const kind = typeClass(graph, graph.get('column', each).type);
    return kind !== undefined && kind !== 'boolean' && kind !== 'enum';
  });
}

/** By a unique key that these columns hold: one row, however it is ordered. */
function findsOne(graph: SchemaGraph, table: Table, columns: readonly EntityId[]): boolean {
  return mayHaveUniqueKeyOf(graph, table.id, new Set(columns));
}

function joinedColumns({ joins }: Query): readonly EntityId[] {
  return joins.flatMap(({ left, right }) => [left, right]);
}

/** The sort keys, as long as they are columns of the table. */
function orderOn({ order }: Query, table: Table): readonly OrderKey[] {
  const end = order.findIndex((each) => each.column === null || each.relation !== table.id);
  return end === -1 ? order : order.slice(0, end);
}

/** Columns with one value, then the first sort key: also behind a part of them, or where a predicate stands for them. */
function hasOrderedIndex(
  graph: SchemaGraph,
  table: Table,
  query: Query,
  source: QuerySource,
  held: readonly EntityId[],
): boolean {
  const column = orderOn(query, table)[0]?.column;
  return graph.ownedBy(table.id, 'index').some(({ keys, isValid, predicate }) => {
    const at = keys.findIndex((key) => key.column === column);
    const before = keys.slice(0, Math.max(at, 0)).map((key) => key.column);
    const isBehind = before.every((each) => each !== null && held.includes(each));
    if (!isValid || at < 0 || !isBehind || (at === 0 && predicate === null)) return false;
    return predicate === null || mayImply(graph, query, source, predicate);
  });
}

/**
 * Does an index have what else is asked for right behind the parents: (site, state) for `site = $1 and state in ('open', 'retry')`? Then not all rows of one
 * parent are read, but those alone; Postgres looks for each value of the list (btree, ScalarArrayOpExpr).
 */
function isNarrowed(
  graph: SchemaGraph,
  table: Table,
  query: Query,
  source: QuerySource,
  parents: readonly EntityId[],
): boolean {
  const asked = source.tests.filter((each) => isIndexedEquality(each) || isListed(each)).map(({ column }) => column);
  return graph.ownedBy(table.id, 'index').some(({ keys, isValid, method, predicate }) => {
    const other = keys.find(({ column }) => column === null || !parents.includes(column))?.column ?? null;
    const isBehind = keys[0]?.column !== other && other !== null && asked.includes(other);
    return (
      isValid && method === 'btree' && isBehind && (predicate === null || mayImply(graph, query, source, predicate))
    );
  });
}

/**
 * Does it ask besides for a text that it is given (an e-mail address, a code), as it stands or computed, in one column or another? What few rows are left then are
 * soon sorted, and to go by the order would be to read past all others.
 */
function asksForFew(
  graph: SchemaGraph,
  table: Table,
  { otherConditions, binding }: Query,
  { tests }: QuerySource,
  parents: readonly EntityId[],
): boolean {
  const isTelling = (id: EntityId | undefined) => {
    if (id === undefined) return false;
    const column = graph.get('column', id);
    return !parents.includes(id) && typeClass(graph, column.type) === 'text' && !hasRole(graph, column, 'status');
  };
  if (tests.some(({ kind, against, column }) => kind === 'equal' && against === 'variable' && isTelling(column)))
    return true;
  const isAsked = (part: Node) =>
    equalSides(part).some(([one, other]) => {
      const [column, another] = columnsIn(one, binding);
      const isGiven = columnsIn(other, binding).length === 0 && constantText(other) === null;
      return column?.relation === table.id && another === undefined && isTelling(column.column) && isGiven;
    });
  return otherConditions.some((each) => disjuncts(each).every((arm) => conjuncts(arm).some(isAsked)));
}

function isListed({ kind, isBare, against }: QuerySource['tests'][number]): boolean {
  return kind === 'in' && isBare && against !== 'subselect';
}

/** May the query use an index of these rows only? Not where the predicate names a column that its conditions do not (predicate_implied_by). */
function mayImply(
  graph: SchemaGraph,
  { otherConditions }: Query,
  { tests }: QuerySource,
  predicate: BoundExpression,
): boolean {
  const tested = new Set(tests.map((each) => each.column));
  if (followsFromNotNull(predicate, (id) => tested.has(id) || graph.get('column', id).notNull)) return true;
  const named = [...ownColumns(predicate.tree, predicate)];
  return otherConditions.length > 0 || named.every((each) => tested.has(each));
}

function isParentKey(graph: SchemaGraph, table: Table, column: EntityId): boolean {
  return graph.ownedBy(table.id, 'foreignKey').some(({ columns }) => columns.length === 1 && columns[0] === column);
}

function isTime(graph: SchemaGraph, column: EntityId | null): boolean {
  const entity = column === null ? undefined : graph.get('column', column);
  // The one changed last is a state, no timeline.
  return entity !== undefined && !hasRole(graph, entity, 'updated') && isMoment(graph, entity.type);
}

function leads(graph: SchemaGraph, table: Table, column: EntityId): boolean {
  return graph.ownedBy(table.id, 'index').some(({ isValid, keys }) => isValid && keys[0]?.column === column);
}

/** Does nothing that the query says about the table lead an index? */
function isScanned(graph: SchemaGraph, table: Table, query: Query, { tests }: QuerySource): boolean {
  const named = [...tests.map((each) => each.column), ...joinedColumns(query)];
  return !named.some((each) => indexHolds(graph, table, each));
}

/** As the first key, as any of a GIN or BRIN index, or inside an expression: then Postgres may find a way. */
function indexHolds(graph: SchemaGraph, table: Table, column: EntityId): boolean {
  return graph
    .ownedBy(table.id, 'index')
    .some(
      (index) =>
        index.isValid &&
        searchedKeys(index).some(
          (key) => key.column === column || (key.expression?.references ?? []).some(({ target }) => target === column),
        ),
    );
}
