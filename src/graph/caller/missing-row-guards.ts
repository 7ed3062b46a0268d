import type { Node } from '@pgsql/types';
import { fieldsOf, innerOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { Folded } from '../binding/questions/constant-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { TABLE_NAMES } from '../lexicon/table-names.ts';
import { addsARow } from '../query-shapes/added-rows.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { type CertainRun, certainRun } from '../query-shapes/certain-run.ts';
import { conjuncts, disjuncts } from '../query-shapes/column-tests.ts';
import { derivedFrom } from '../query-shapes/derived-variables.ts';
import type { HeldColumn, HoldersAround } from '../query-shapes/held-columns.ts';
import { eachStatement, leaves, ownExpressions, raisesError } from '../query-shapes/pl-statements.ts';
import type { Query, QuerySource } from '../query-shapes/query.ts';
import { routineDeeds } from '../query-shapes/routine-deeds.ts';
import { type RoutineShape, type RoutineWrite, routineShape } from '../query-shapes/routine-shape.ts';
import { rowEqualities, whereOf } from '../query-shapes/row-equalities.ts';
import { keyTexts } from '../query-shapes/row-locks.ts';
import { isAddedBefore, mayFindNone } from '../query-shapes/rows-not-found.ts';
import { valueGuards } from '../query-shapes/value-guards.ts';
import { columnPut, valuesSetBy } from '../query-shapes/variable-sources.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { standingTable } from '../standing-table.ts';
import { mayRaise } from '../triggers/trigger-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { tablesRead } from './tables-read.ts';
import { callsRefusing, isGivenAtSignUp, mayAllBeWritten } from './unanswered-guards.ts';

type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;
type Reached = ReadonlyMap<PlStatement, (node: Node) => Folded>;

/** A guard that asks whether there is enough of something, and that a row which is not there passes. */
export interface MissingRowGuard {
  /** Of which SELECT … INTO finds no row. */
  readonly table: Table;
  readonly condition: PlExpression;
  /** What is done all the same. */
  readonly deed: { readonly table: Table; readonly kind: 'insert' | 'update' | 'delete' };
}

/** What one has, and may be short of. */
const HAD: NamePatterns = [
  ...['*_balance', 'balance_*', '*_credit', '*_credits', 'credits_*', '*_coin', '*_coins', '*_point', '*_points'],
  ...['*_gem', '*_gems', '*_token', '*_tokens', '*_quantity', '*_qty', 'stock', '*_stock', 'stock_*', '*_in_stock'],
  ...['on_hand', '*_on_hand', '*_available', 'available_*', '*_remaining', 'remaining_*', '*_amount', 'amount_*'],
  ...['*_paid', '*_inventory', '*_deposit', '*_earnings', '*_usd', '*_eur', '*_cents'],
  ...['!*_max_*', '!*_min_*', '!*_limit_*', '!*_budget_*', '!*_cap', '!*_quota_*', '!*_allowance_*', '!*_threshold_*'],
  ...['!*_price_*', '!*_cost_*', '!*_fee_*', '!*_id', '!*_at'],
];

/**
 * `select balance into v from wallets where user_id = p_user; if v < p_amount then raise …`: where there is no row v is NULL, the comparison is neither true
 * nor false, and what stands behind it is done. Only of a guard against too little, as who has no row is meant to be below a maximum; not where the
 * routine adds such rows itself, and only where it then surely adds, changes or deletes rows of another table.
 */
export function missingRowGuard(graph: SchemaGraph, routine: Routine): MissingRowGuard | undefined {
  const shape = routineShape(graph, routine);
  if (shape.block === null || !shape.isWhole) return undefined;
  const all = [...eachStatement([shape.block])].map((each) => each.statement);
  for (const [at, statement] of all.entries()) {
    if (statement.kind !== 'sql' || statement.into === undefined || statement.into.strict) continue;
    const query = shape.queries.find((each) => each.parent === null && each.node === statement.sql.tree);
    const [source, another] = query?.sources ?? [];
    if (query === undefined || source === undefined || another !== undefined) continue;
    const table = missingIn(graph, routine, query, source, all.slice(0, at));
    const had = table === undefined ? undefined : hadBy(graph, shape, statement, query, source);
    const found = table && had && passedBy(graph, shape, table, query, source, had);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The table of which the query may find no row: one that has none for each user, and to which nothing here adds. */
function missingIn(
  graph: SchemaGraph,
  routine: Routine,
  query: Query,
  source: QuerySource,
  before: readonly PlStatement[],
): Table | undefined {
  const { queries, calls } = routineShape(graph, routine);
  const table = standingTable(graph, source.relation);
  if (table === undefined || !isUsersOwn(graph, table) || !mayFindNone(graph, routine, query)) return undefined;
  if (isNamed(table.name.name, TABLE_NAMES.account) || isGivenAtSignUp(graph, table)) return undefined;
  const trees = before.flatMap((each) => ownExpressions(each).map(({ tree }) => tree));
  if (isAddedBefore(queries, trees, query)) return undefined;
  const adds = queries.some(({ writes }) =>
    writes.some((each) => each.kind === 'insert' && each.relation === table.id),
  );
  return adds || calls.some((id) => mayWrite(graph, id, table.id)) ? undefined : table;
}

function mayWrite(graph: SchemaGraph, id: EntityId, table: EntityId): boolean {
  const called = graph.find(id);
  if (called?.kind !== 'function' || !isUsersOwn(graph, called)) return false;
  const { writes, writesUnknown } = routineDeeds(graph, called);
  return !routineShape(graph, called).isWhole || writesUnknown.length > 0 || writes.includes(table);
}

/** What variables hold of what one has; undefined where the statement reads nothing of the kind. */
function hadBy(
  graph: SchemaGraph,
  { expressions }: RoutineShape,
  statement: PlStatement,
  query: Query,
  source: QuerySource,
): HoldersAround | undefined {
  const bindings = new Map(expressions.map((each) => [each.tree, each]));
  const reading = { query, source, isSerialized: false, asks: [] };
  const variables = new Map<string, readonly HeldColumn[]>();
  for (const { name, value } of valuesSetBy(statement, ({ tree }) => bindings.get(tree))) {
    const column = columnPut(value);
    if (column !== undefined && isNamed(graph.get('column', column).name, HAD))
      variables.set(name, [{ reading, column, isChanged: false }]);
  }
  return variables.size === 0 ? undefined : { variables, queries: [], readingOf: () => undefined };
}

function passedBy(
  graph: SchemaGraph,
  shape: RoutineShape,
  table: Table,
  query: Query,
  source: QuerySource,
  had: HoldersAround,
): MissingRowGuard | undefined {
  const empty = conditionsWithoutRow(shape, query, source);
  const run = certainRun(shape, (node) => (empty.has(node) ? false : undefined));
  if (run.end === undefined || run.end.kind === 'raises') return undefined;
  const bindings = new Map<Node, Bound>(shape.expressions.map((each) => [each.tree, each]));
  const at = run.reached.findIndex((each) => conditionPassed(each, bindings, had) !== undefined);
  const guard = run.reached[at];
  const condition = guard && conditionPassed(guard, bindings, had);
  if (condition === undefined) return undefined;
  if (mayRefuseBesides(graph, shape, table, run, bindings)) return undefined;
  const behind = new Map(run.reached.slice(at + 1).map((each) => [each.statement, each.worthOf]));
  const called = [...behind.keys()].flatMap((each) =>
    ownExpressions(each).flatMap(({ tree }) => bindings.get(tree) ?? []),
  );
  if (called.some((each) => callsRefusing(graph, each))) return undefined;
  const writes = writesIn(shape, behind, bindings).filter((each) => !meetsNone(each, behind, bindings));
  if (!mayAllBeWritten(graph, { writes }, behind, bindings, undefined)) return undefined;
  if (writes.some((each) => isRefused(graph, table, each))) return undefined;
  for (const each of writes) {
    const deed = deedOf(graph, table, each);
    if (deed !== undefined) return { table, condition, deed };
  }
  return undefined;
}

/** The conditions of WHERE that no row meets as there is none that the query looks for: its own, and those that ask for the same keys. */
function conditionsWithoutRow({ queries }: RoutineShape, query: Query, source: QuerySource): ReadonlySet<Node> {
  const where = whereOf(query);
  const keys = keyTexts(rowEqualities(query, source), query.binding);
  const isByKeys = keys.length > 0 && keys.length === conjuncts(where).length;
  const same = queries.filter((each) => {
    const own = each.sources.find(({ relation }) => relation === source.relation);
    const texts = own === undefined ? [] : keyTexts(rowEqualities(each, own), each.binding);
    return (
      isByKeys && keys.every(({ column, text }) => texts.some((one) => one.column === column && one.text === text))
    );
  });
  return new Set([query, ...same].flatMap((each) => whereOf(each) ?? []));
}

/** The condition of an IF that is to refuse too little, and is NULL. */
function conditionPassed(
  { statement, worthOf }: CertainRun['reached'][number],
  bindings: ReadonlyMap<Node, Bound>,
  had: HoldersAround,
): PlExpression | undefined {
  if (statement.kind !== 'if') return undefined;
  return statement.branches.find(({ condition, body }) => {
    const bound = bindings.get(condition.tree);
    if (bound === undefined || !leaves(body)) return false;
    return disjuncts(condition.tree).some((part) => {
      const asked = valueGuards(part, false, bound, had);
      return worthOf(part) === null && asked.some(({ operator }) => operator === '>=' || operator === '>');
    });
  })?.condition;
}

/**
 * May anything else that goes by rows of the table refuse whoever has none: an IF of which it is not certain that it is passed, as it asks for a count, by another
 * key or what a function says, or a function? FOUND is certain behind what finds none, and says nothing of the table behind what looks for other rows.
 */
function mayRefuseBesides(
  graph: SchemaGraph,
  { block, expressions }: RoutineShape,
  table: Table,
  { reached }: CertainRun,
  bindings: ReadonlyMap<Node, Bound>,
): boolean {
  if (block === null) return false;
  const reads = (id: EntityId): boolean => {
    const read = graph.find(id);
    if (read?.kind !== 'function' || !isUsersOwn(graph, read)) return id === table.id;
    return tablesRead(graph, routineShape(graph, read)).has(table.id);
  };
  const reading = expressions.filter(({ references }) => references.some(({ target }) => reads(target)));
  if (reading.some((each) => callsRefusing(graph, each))) return true;
  const places = new Set<object>(
    reading.flatMap(({ tree, references }) => [
      innerOf(tree),
      ...references.flatMap(({ node, target }) => (reads(target) ? [node] : [])),
    ]),
  );
  const asks = derivedFrom(block, expressions, (node) => places.has(innerOf(node)));
  const worths = new Map(reached.map((each) => [each.statement, each.worthOf]));
  return [...eachStatement([block])].some(({ statement }) => {
    if (statement.kind !== 'if' || ![...eachStatement([statement])].some((each) => raisesError(each.statement)))
      return false;
    return statement.branches.some(({ condition: { tree } }) => {
      const bound = bindings.get(tree);
      const asking = disjuncts(tree).filter(
        (part) => bound !== undefined && asks(part, bound) && !anyNode(part, isFound),
      );
      const worthOf = worths.get(statement);
      return asking.map((part) => worthOf?.(part)).some((worth) => worth !== null && worth !== false);
    });
  });
}

function isFound(node: Node): boolean {
  return stringsOf(fieldsOf(node, 'ColumnRef')?.fields).join('.') === 'found';
}

/** What these statements themselves write. */
function writesIn(
  { writes }: RoutineShape,
  statements: Reached,
  bindings: ReadonlyMap<Node, Bound>,
): readonly RoutineWrite[] {
  const own = new Set(
    [...statements.keys()].flatMap((each) => ownExpressions(each).map(({ tree }) => bindings.get(tree))),
  );
  return writes.filter(({ query }) => own.has(query.binding as Bound));
}

/** Does a foreign key ask for the row that is not there, or may a trigger refuse? */
function isRefused(graph: SchemaGraph, missing: Table, { write }: RoutineWrite): boolean {
  const { relation, kind, sets } = write;
  if (relation === null) return true;
  if (relation === missing.id) return false;
  const triggers = graph.ownedBy(relation, 'trigger').filter(({ events }) => events.some((each) => each === kind));
  const isJudged = triggers.some(({ function: id }) => {
    const called = id === null ? undefined : graph.find(id);
    return called?.kind !== 'function' || mayRaise(graph, called);
  });
  const refers = sets.some(({ column }) =>
    graph
      .ownedBy(relation, 'foreignKey')
      .some((key) => key.referencedTable === missing.id && column !== null && key.columns.includes(column)),
  );
  return isJudged || refers;
}

function deedOf(
  graph: SchemaGraph,
  missing: Table,
  { query, write }: RoutineWrite,
): MissingRowGuard['deed'] | undefined {
  const { kind, relation } = write;
  const table = relation === null ? undefined : standingTable(graph, relation);
  if (table === undefined || table === missing || query.parent !== null) return undefined;
  if (kind === 'insert') return addsARow(query) ? { table, kind } : undefined;
  if (kind !== 'update' && kind !== 'delete') return undefined;
  return query.sources.some((each) => each.relation === missing.id) ? undefined : { table, kind };
}

/** An UPDATE or DELETE that finds nothing. */
function meetsNone({ query }: RoutineWrite, reached: Reached, bindings: ReadonlyMap<Node, Bound>): boolean {
  const where = whereOf(query);
  const statement = [...reached.keys()].find((each) =>
    ownExpressions(each).some(({ tree }) => bindings.get(tree) === query.binding),
  );
  const worth = where && statement && reached.get(statement)?.(where);
  return worth === false || worth === null;
}
