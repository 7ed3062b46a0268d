import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { hasUniqueKeyOf, isUniqueAlone } from '../indexes/index-keys.ts';
import { holdsAccount } from '../lexicon/table-roles.ts';
import { isCurrentTime } from '../query-shapes/current-time.ts';
import type { RowReading } from '../query-shapes/held-columns.ts';
import { isNewEachTime } from '../query-shapes/new-each-time.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { type RowChange, rowChanges } from '../query-shapes/row-changes.ts';
import { stepOf } from '../query-shapes/step.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { standingTable } from '../standing-table.ts';
import { columnsJudgedByTriggers } from '../triggers/trigger-tests.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';
import { statusLabels } from '../values/status-labels.ts';
import { isCalledUnderLocks, isRowOf, setsIsolation, testsOfTarget } from './lost-updates.ts';

type Routine = EntityOf<'function'>;
type Column = EntityOf<'column'>;

/**
 * What a routine does for a row that it found in one state and gives another one: of two calls at once both find it so. `moved`: it adds something or takes it
 * off. `taken`: it gives a row to somebody.
 */
export interface RepeatedStep {
  readonly kind: 'moved' | 'taken';
  /** Of the row that is done once. */
  readonly table: EntityOf<'table'>;
  readonly state: Column;
  readonly reading: RowReading;
  readonly change: RowChange;
  readonly moved: EntityOf<'table'>;
  readonly columns: readonly Column[];
  readonly step: RowChange;
}

/**
 * `select … where id = p and status = 'pending'`, without a lock; `set stock = stock - n`; `set status = 'done' where id = p`. Not told where the row is locked, or
 * asked again, and where a trigger or a unique key may refuse the second call.
 */
export const repeatedSteps = askedOnce((graph: SchemaGraph, routine: Routine): readonly RepeatedStep[] => {
  const { isWhole, unread } = routineShape(graph, routine);
  if (!isWhole || unread.length > 0 || setsIsolation(routine)) return [];
  const found = rowChanges(graph, routine).flatMap((change) => repeatedIn(graph, routine, change));
  return found.length === 0 || mayRefuseSecond(graph, routine) || isCalledUnderLocks(graph, routine) ? [] : found;
});

function repeatedIn(graph: SchemaGraph, routine: Routine, change: RowChange): readonly RepeatedStep[] {
  const table = change.write.relation === null ? undefined : standingTable(graph, change.write.relation);
  if (table === undefined || !isUsersOwn(graph, table) || change.write.onConflict !== null) return [];
  const ofRow = change.readings.filter((each) => isRowOf(graph, change, each));
  if (ofRow.some((each) => each.isSerialized) || !change.keys.some(({ isConstant }) => !isConstant)) return [];
  const isAsked = new Set(testsOfTarget(change).map(({ column }) => column));
  for (const { set } of change.sets) {
    const state = set.column === null ? undefined : graph.get('column', set.column);
    const isGiven = typeof set.constant === 'string' || (set.value !== null && isCurrentTime(set.value));
    if (state === undefined || !isGiven || change.sets.some(({ set: each }) => isAsked.has(each.column ?? state.id)))
      continue;
    if (columnsJudgedByTriggers(graph, table.id).has(state.id)) continue;
    const reading = ofRow.find((each) => asksFor(change, each, state) && isByKey(graph, change, each));
    if (reading === undefined) continue;
    const steps = rowChanges(graph, routine).filter((each) => isStep(each, change, reading, state));
    const found = KINDS.flatMap((kind) =>
      steps.map((step) => ({ kind, step, columns: columnsOf[kind](graph, step, reading, state) })),
    ).find(({ columns }) => columns.length > 0);
    const moved = found?.step.write.relation == null ? undefined : standingTable(graph, found.step.write.relation);
    if (found !== undefined && moved !== undefined) return [{ ...found, table, state, reading, change, moved }];
  }
  return [];
}

const KINDS = ['moved', 'taken'] as const;
const columnsOf = { moved: movedColumns, taken: takenColumns };

/** Did it go on because the row was in that state, which is another one than it is given? */
function asksFor({ guards, sets }: RowChange, reading: RowReading, { id }: Column): boolean {
  const given = sets.find(({ set }) => set.column === id)?.set.constant;
  const isSame = reading.source.tests.some(
    ({ column, constants, kind }) =>
      column === id && (kind === 'equal' || kind === 'in') && typeof given === 'string' && constants.includes(given),
  );
  return !isSame && guards.some((each) => each.reading === reading && each.column === id);
}

/** One row that the caller names, and not the next that waits: for that there is dequeue-without-skip-locked. */
function isByKey(graph: SchemaGraph, { keys }: RowChange, reading: RowReading): boolean {
  const isNamed = reading.source.tests.some(
    ({ column, kind, variable }) =>
      kind === 'equal' && variable !== null && isUniqueAlone(graph, graph.get('column', column)),
  );
  const isSame = keys.some(({ isConstant, alsoOf }) => !isConstant && alsoOf.has(reading));
  return reading.query.limit === 'none' && (isNamed || isSame);
}

/** Another row is changed on the same condition. */
function isStep(step: RowChange, change: RowChange, reading: RowReading, state: Column): boolean {
  if (step === change || step.write.relation === state.relation) return false;
  return step.guards.some((each) => each.reading === reading && each.column === state.id);
}

function isMoved(set: RowChange['sets'][number]['set']): boolean {
  return set.readsOwnRow && stepOf(set.value, set.name) !== undefined;
}

function movedColumns(graph: SchemaGraph, { sets }: RowChange): readonly Column[] {
  return sets.flatMap(({ set }) => (isMoved(set) && set.column !== null ? [graph.get('column', set.column)] : []));
}

/**
 * Whose the row is that the one found names, where that is whoever calls or is given with the call. Not where the UPDATE asks whose it is so far, or a trigger
 * looks at it.
 */
function takenColumns(graph: SchemaGraph, step: RowChange, reading: RowReading, state: Column): readonly Column[] {
  const isNamed = step.keys.some(({ held }) => held.some((each) => each.reading === reading && !each.isChanged));
  if (!isNamed || step.write.onConflict !== null || isAddressed(graph, step, reading, state)) return [];
  const asked = new Set(testsOfTarget(step).map(({ column }) => column));
  return step.sets.flatMap(({ set, held }) => {
    const column = set.column === null ? undefined : graph.get('column', set.column);
    const isGiven = set.value !== null && set.constant === null && !set.readsOwnRow && held.length === 0;
    if (column === undefined || !isGiven || asked.has(column.id) || !holdsAccount(graph, column)) return [];
    return columnsJudgedByTriggers(graph, column.relation).has(column.id) ? [] : [column];
  });
}

/** Is it asked for whom the row found is, so that two users cannot both have it: its e-mail, its user? */
function isAddressed(graph: SchemaGraph, { guards }: RowChange, reading: RowReading, state: Column): boolean {
  const asked = [
    ...guards.filter((each) => each.reading === reading),
    ...reading.source.tests.filter(({ constants }) => constants.length === 0),
  ];
  return asked.some(({ column: id }) => {
    const column = graph.get('column', id);
    const type = typeClass(graph, column.type);
    if (id === state.id) return false;
    return (
      (type === 'text' || type === 'uuid') && !isUniqueAlone(graph, column) && statusLabels(graph, column).length === 0
    );
  });
}

/** A row that the routine adds has a unique key of what it is given: the second call may fail there, and all that it did is undone. */
function mayRefuseSecond(graph: SchemaGraph, routine: Routine): boolean {
  return routineShape(graph, routine).writes.some(({ write: { kind, relation, onConflict, sets } }) => {
    if (kind !== 'insert' || relation === null || onConflict !== null) return false;
    const given = sets.filter(({ value }) => value !== null && !isNewEachTime(value));
    return hasUniqueKeyOf(graph, relation, new Set(given.flatMap(({ column }) => column ?? [])));
  });
}
