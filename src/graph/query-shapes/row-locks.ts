import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import { canonical } from '../binding/canonical.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import type { Bound } from './block-queries.ts';
import { columnsIn, constantOf, constantText, variableOf } from './operand.ts';
import type { Query, Write } from './query.ts';
import { locksIn, routineShape } from './routine-shape.ts';
import { conflictEqualities, type RowEquality, rowEqualities } from './row-equalities.ts';
import type { NamedValue } from './variable-sources.ts';

/** A value by which a row is picked, as a text that is the same for the same value. */
export interface KeyText {
  readonly column: EntityId;
  readonly text: string;
}

/** Rows that are locked until the transaction ends: by which values they were picked, as far as that is known. */
export interface HeldLock {
  /** Null for an advisory lock, or one of a table: it may be just what keeps others out, whatever is read behind it. */
  readonly relation: EntityId | null;
  readonly values: readonly KeyText[];
  /** Nobody else sees the row yet. */
  readonly isOfInsert: boolean;
}

const OF_ALL: HeldLock = { relation: null, values: [], isOfInsert: false };

/** The locks that a statement takes before it reads. */
export function locksBefore(graph: SchemaGraph, bound: Bound, queries: readonly Query[]): readonly HeldLock[] {
  const isOfAll = locksIn(bound).length > 0 || setsIsolation(bound.tree) || callsLocking(graph, bound);
  const ofRows = queries.flatMap((query) =>
    query.lock === null || query.lock.strength === 'key share'
      ? []
      : query.sources.map((each) => lockOf(each.relation, rowEqualities(query, each), query.binding)),
  );
  return isOfAll ? [OF_ALL, ...ofRows] : ofRows;
}

/** The rows that a write keeps for this transaction; undefined where it only adds some. */
export function lockOfWrite(query: Query, write: Write): HeldLock | undefined {
  if (write.relation === null) return undefined;
  if (write.onConflict?.action === 'update') return lockOf(write.relation, conflictEqualities(write), query.binding);
  const target = query.sources.find((each) => each.isTarget);
  if (write.kind === 'insert' || target === undefined) return undefined;
  return lockOf(write.relation, rowEqualities(query, target), query.binding);
}

/** The row that was just inserted, by a key that it was given, or that RETURNING gave into a variable. */
export function locksOfInsert(
  graph: SchemaGraph,
  { binding, writes }: Query,
  returned: readonly NamedValue[],
): readonly HeldLock[] {
  return writes.flatMap(({ kind, relation, sets, onConflict }) => {
    if (kind !== 'insert' || relation === null || onConflict !== null) return [];
    const given = sets.flatMap(({ column, value }) => (column === null || value === null ? [] : [{ column, value }]));
    const received = returned.flatMap(({ name, value }): readonly KeyText[] => {
      const column = 'column' in value ? value.column : columnsIn(value.node, binding)[0]?.column;
      return column === undefined ? [] : [{ column, text: name }];
    });
    return [...keyTexts(given, binding), ...received]
      .filter(({ column }) => isUniqueAlone(graph, graph.get('column', column)))
      .map((each) => ({ relation, values: [each], isOfInsert: true }));
  });
}

/** Does whoever comes to the same row with the same values wait for a lock that is held already? */
export function isCovered(relation: EntityId, values: readonly KeyText[], locks: Iterable<HeldLock>): boolean {
  return [...locks].some((lock) => {
    const isWithin = lock.values.every(({ text }) => values.some((each) => each.text === text));
    if (isWithin || lock.relation !== relation || lock.isOfInsert) return isWithin;
    // Another row of the table only where a column has another value: by another column it may be the same.
    return !lock.values.some((each) => values.some((own) => own.column === each.column && own.text !== each.text));
  });
}

/** What another row of the query gives is left out: the text would be the same for other values. */
export function keyTexts(equalities: readonly RowEquality[], binding: Binding): readonly KeyText[] {
  return equalities.flatMap(({ column, value }) => {
    if (columnsIn(value, binding).some((each) => each.level === 0 && !each.isOuter)) return [];
    return [{ column, text: variableOf(value, binding) ?? canonical(value, binding, String) }];
  });
}

/** A constant tells of no row alone, as with `status = 'pending'`. */
function lockOf(relation: EntityId, equalities: readonly RowEquality[], binding: Binding): HeldLock {
  const varying = equalities.filter(({ value }) => constantOf(value) === null);
  return { relation, values: keyTexts(varying, binding), isOfInsert: false };
}

/** What a function that is called locks, or does that is not known, may be just what keeps others out. */
function callsLocking(graph: SchemaGraph, { references }: Binding): boolean {
  return references.some(({ kind, target }) => {
    const called = kind === 'function' ? graph.find(target) : undefined;
    if (called?.kind !== 'function' || !isUsersOwn(graph, called)) return false;
    const { locks, queries, isWhole, unread } = routineShape(graph, called);
    return !isWhole || unread.length > 0 || locks.length > 0 || queries.some(({ lock }) => lock !== null);
  });
}

/** SET TRANSACTION ISOLATION LEVEL, set_config('transaction_isolation', …). */
function setsIsolation(tree: Node): boolean {
  let found = false;
  walk(tree, (_, node) => {
    const setting = fieldsOf(node, 'VariableSetStmt')?.name ?? constantText(fieldsOf(node, 'FuncCall')?.args?.[0]);
    found ||= setting !== null && setting !== undefined && /^(?:transaction|.*_isolation)$/i.test(setting);
    return found ? 'stop' : undefined;
  });
  return found;
}
