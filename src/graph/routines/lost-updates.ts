import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { RowReading } from '../query-shapes/held-columns.ts';
import { columnsIn, constantOf } from '../query-shapes/operand.ts';
import type { ColumnTest, Query } from '../query-shapes/query.ts';
import { callersOf } from '../query-shapes/routine-calls.ts';
import { triggeredRelations } from '../query-shapes/routine-scope.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { type RowChange, rowChanges } from '../query-shapes/row-changes.ts';
import { stepOf } from '../query-shapes/step.ts';
import type { ValueGuard } from '../query-shapes/value-guards.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { standingTable } from '../standing-table.ts';
import { columnsJudgedByTriggers } from '../triggers/trigger-tests.ts';
import { isUsersOwn } from '../users-own.ts';
import { valueChecks } from '../values/value-checks.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;

/** A column that a routine changes by what it read before, while another transaction may do the same. */
export interface LostUpdate {
  /**
   * `overwritten`: what it writes is made of the value that it read; `passed`: it has asked for a value that may be another one when
   * the column is moved.
   */
  readonly kind: 'overwritten' | 'passed';
  readonly table: EntityOf<'table'>;
  readonly column: Column;
  readonly reading: RowReading;
  readonly change: RowChange;
  /** Where the value moves by; undefined where it is not plain to see. */
  readonly sign: '+' | '-' | undefined;
}

/**
 * Under READ COMMITTED a row that was read without a lock may be another by the time it is changed (docs, 13.2.1). Not told of rows that a lock, the row
 * of the trigger or an earlier write keeps for this transaction, of an UPDATE that asks again, and of what a CHECK or a trigger refuses.
 */
export const lostUpdates = askedOnce((graph: SchemaGraph, routine: Routine): readonly LostUpdate[] => {
  const { isWhole, unread } = routineShape(graph, routine);
  if (!isWhole || unread.length > 0 || setsIsolation(routine)) return [];
  const found = rowChanges(graph, routine).flatMap((change) => lostIn(graph, routine, change));
  // Who calls it takes a look at every routine.
  return found.length === 0 || isCalledUnderLocks(graph, routine) ? [] : found;
});

function lostIn(graph: SchemaGraph, routine: Routine, change: RowChange): readonly LostUpdate[] {
  const table = change.write.relation === null ? undefined : standingTable(graph, change.write.relation);
  if (table === undefined || !isUsersOwn(graph, table)) return [];
  if (change.sets.some((each) => isMetOnce(change, each))) return [];
  const ofRow = change.readings.filter((each) => isRowOf(graph, change, each));
  const open = ofRow.filter((each) => !each.isSerialized && !isTaking(change, each));
  return change.sets.flatMap(({ set, held }): readonly LostUpdate[] => {
    const column = set.column === null ? undefined : graph.get('column', set.column);
    if (column === undefined) return [];
    const made = held.filter((each) => each.column === column.id && each.isChanged);
    const overwritten = open.find(
      (each) => made.some(({ reading }) => reading === each) && !isDoneOnce(change, each, column.id),
    );
    if (overwritten !== undefined)
      return [{ kind: 'overwritten', table, column, reading: overwritten, change, sign: undefined }];
    const step = set.readsOwnRow ? stepOf(set.value, set.name) : undefined;
    if (step === undefined || isRefusedLater(graph, routine, change, column, step.sign)) return [];
    const guarding = ofRow.filter((each) =>
      guardsFor(change, each).some((guard) => keeps(guard, column.id, step.sign)),
    );
    const passed = guarding.find((each) => open.includes(each));
    return passed === undefined || guarding.some((each) => each.isSerialized)
      ? []
      : [{ kind: 'passed', table, column, reading: passed, change, sign: step.sign }];
  });
}

/** Is the row that was read among those that are changed: picked by the same values, or by its own? */
export function isRowOf(graph: SchemaGraph, { query, keys }: RowChange, reading: RowReading): boolean {
  const isPicked = ({ column, held, alsoOf }: RowChange['keys'][number]) =>
    alsoOf.has(reading) || held.some((each) => each.reading === reading && each.column === column && !each.isChanged);
  if (keys.length === 0) return whereOfAll(query) && reading.query.sources.length === 1 && whereOfAll(reading.query);
  const isTelling = (key: RowChange['keys'][number]) =>
    isPicked(key) && (!key.isConstant || tellsRows(graph, key.column));
  if (!keys.some(isTelling) || !keys.every((each) => each.isConstant || isPicked(each))) return false;
  // A version, or the value itself: of two calls the second meets no row.
  return keys.every((each) => each.isConstant || each.alsoOf.has(reading) || tellsRows(graph, each.column));
}

/** Was the row looked for by the state that it is given another one for? Who takes work that waits has another race: dequeue-without-skip-locked. */
function isTaking({ sets }: RowChange, { source }: RowReading): boolean {
  return source.tests.some(({ column, kind, constants }) => {
    const isState = (kind === 'equal' || kind === 'in') && constants.length > 0;
    return isState && sets.some(({ set }) => set.column === column);
  });
}

function whereOfAll({ node }: Query): boolean {
  const statement = fieldsOf(node, 'SelectStmt') ?? fieldsOf(node, 'UpdateStmt');
  return statement !== undefined && statement.whereClause === undefined;
}

/** A column by which rows are told apart or belong to others: part of a key. */
function tellsRows(graph: SchemaGraph, id: EntityId): boolean {
  const column = graph.get('column', id);
  if (graph.foreignKeysOf(column).length > 0) return true;
  return graph
    .ownedBy(column.relation, 'index')
    .some((each) => each.isUnique && each.keys.some((key) => key.column === id));
}

/**
 * Does the UPDATE ask for a value that it changes, so that of two calls the second meets no row: the state, a version, the value that was read? That the
 * column which is moved is large enough says nothing of what it was when it was read.
 */
function isMetOnce(change: RowChange, { set: { column }, held }: RowChange['sets'][number]): boolean {
  if (column === null) return false;
  if (testsOfTarget(change).some((each) => each.column === column && each.kind === 'equal')) return true;
  return held.every((each) => each.column !== column) && isAskedAgain(change, column);
}

/**
 * Has the routine asked for another column of the row that it sets as well, so that a second call does nothing: `if last_day = today then return`? Two at
 * once then write what one would have written.
 */
function isDoneOnce({ guards, sets }: RowChange, reading: RowReading, moved: EntityId): boolean {
  return sets.some(({ set: { column, value }, held }) => {
    if (column === null || column === moved || held.length > 0 || value === null) return false;
    if (anyNode(value, (node) => 'CaseExpr' in node)) return false;
    return guards.some((each) => each.reading === reading && each.column === column && each.operator !== '=');
  });
}

function isAskedAgain(change: RowChange, column: EntityId): boolean {
  const { binding, otherConditions } = change.query;
  const names = (node: Node) => columnsIn(node, binding).some((each) => each.column === column);
  return testsOfTarget(change).some((each) => each.column === column) || otherConditions.some(names);
}

export function testsOfTarget({ query }: RowChange): readonly ColumnTest[] {
  return query.sources.flatMap((each) => (each.isTarget ? each.tests : []));
}

/** What was asked of the row, on the way to the change or by the query that found it for the change. */
function guardsFor({ guards, keys }: RowChange, reading: RowReading): readonly ValueGuard[] {
  const isByItsOwn = keys.some(({ held }) => held.some((each) => each.reading === reading));
  const own = guards.filter((each) => each.reading === reading);
  return isByItsOwn ? [...own, ...reading.asks] : own;
}

/** Is it the guard against a step too many: the column is large enough to be taken from, or small enough to be added to? */
function keeps({ column, operator }: ValueGuard, moved: EntityId, sign: '+' | '-'): boolean {
  if (column !== moved) return false;
  if (operator === null) return true;
  return sign === '-' ? /^>=?$|^<>$/.test(operator) : /^<=?$/.test(operator);
}

/** Does the UPDATE ask again, or something refuse what comes of it: a CHECK, a trigger, a look at what RETURNING gave? */
function isRefusedLater(
  graph: SchemaGraph,
  routine: Routine,
  change: RowChange,
  column: Column,
  sign: '+' | '-',
): boolean {
  if (isAskedAgain(change, column.id)) return true;
  if (columnsJudgedByTriggers(graph, column.relation).has(column.id)) return true;
  const { writes } = routineShape(graph, routine);
  const isLookedAt = writes.some(({ write, isOutcomeTested }) => write === change.write && isOutcomeTested);
  if (isLookedAt && change.write.hasReturning) return true;
  return valueChecks(graph, column).some(({ condition }) => !(sign === '+' && isLowerBound(condition)));
}

/** `c >= 0`. */
function isLowerBound(condition: Node): boolean {
  const { kind, name, lexpr, rexpr } = fieldsOf(condition, 'A_Expr') ?? {};
  const operator = stringsOf(name).at(-1) ?? '';
  return kind === 'AEXPR_OP' && /^>=?$/.test(operator) && lexpr !== undefined && constantOf(rexpr) !== null;
}

export function setsIsolation({ config }: Routine): boolean {
  return config.some(({ name }) => /isolation$/.test(name));
}

/** Is the routine a part of another one, or run beside other triggers, that may have locked the row: by any lock, or a write of the same tables? */
export function isCalledUnderLocks(graph: SchemaGraph, routine: Routine): boolean {
  const changed = new Set(rowChanges(graph, routine).map(({ write }) => write.relation));
  const triggers = triggeredRelations(graph, routine).flatMap((each) => graph.ownedBy(each, 'trigger'));
  const beside = triggers.flatMap((each) => {
    const called = each.function === null ? undefined : graph.find(each.function);
    return called?.kind === 'function' ? [called] : [];
  });
  return [...callersOf(graph, routine), ...beside].some((each) => {
    if (each === routine) return false;
    const { locks, queries, writes } = routineShape(graph, each);
    if (locks.length > 0 || queries.some(({ lock }) => lock !== null)) return true;
    return writes.some(({ write }) => write.kind !== 'insert' && changed.has(write.relation));
  });
}
