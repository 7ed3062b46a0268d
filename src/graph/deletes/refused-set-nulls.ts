import type { Node } from '@pgsql/types';
import { askedOnce } from '../asked-once.ts';
import type { Assumption, ConstantValue } from '../binding/questions/constant-value.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import { type AlsoKnown, type KnownCaller, knownOfCaller, withoutRow } from '../caller/known-callers.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { isNullable } from '../nulls/nullability.ts';
import { type CertainRun, certainRun, type Known } from '../query-shapes/certain-run.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import { startsFor } from '../query-shapes/trigger-ways.ts';
import { knownOfUpdate } from '../query-shapes/updated-row.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';
import { checkFailedBy } from '../values/failed-check.ts';
import { askedStates, type RowState } from './asked-states.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Trigger = EntityOf<'trigger'>;
type Column = EntityOf<'column'>;

/** A trigger that raises an error when ON DELETE SET NULL empties columns of its table, and so keeps what they refer to. */
export interface RefusedSetNull {
  readonly trigger: Trigger;
  readonly function: EntityOf<'function'>;
  readonly key: ForeignKey;
  /** What the action empties. */
  readonly columns: readonly Column[];
  /** Whoever deletes, or only who has the service key, for whom auth.uid() is NULL. */
  readonly caller: KnownCaller;
  /** What the rows have for which it does so; null where all of them are meant. */
  readonly state: RowState | null;
  /** It does so since it looks for the row that they referred to, which is gone by then. */
  readonly looksForGone: boolean;
}

/**
 * The action is an UPDATE of the table, which runs triggers as any other (ri_triggers.c): NEW has NULL there, and the rest as it was. Only where each
 * way through the function that does not end in an error before ends in one; so in an append-only table, whose key promises what its trigger forbids. Where it does not
 * for each row, for rows in a state that the function itself asks for, `old.frozen`, and that it lets a row come to.
 */
export function refusedSetNulls(graph: SchemaGraph, table: EntityOf<'table'>): readonly RefusedSetNull[] {
  const keys = graph
    .ownedBy(table.id, 'foreignKey')
    .filter(({ onDelete, isEnforced, parent }) => onDelete === 'set null' && isEnforced && parent === null)
    .filter(({ referencedTable }) => !surelyRefused(graph, referencedTable).has('delete'));
  return keys.flatMap((key): readonly RefusedSetNull[] => {
    const made = emptyingOf(graph, key);
    if (made === undefined) return [];
    return graph.ownedBy(table.id, 'trigger').flatMap((trigger) => {
      const refused = refusal(graph, trigger, made);
      return refused === undefined ? [] : [{ ...refused, trigger, key, columns: made.columns }];
    });
  });
}

/** An UPDATE by ON DELETE SET NULL, or SET DEFAULT where that is NULL. */
export interface Emptying {
  readonly columns: readonly Column[];
  /** The columns of the table that no trigger sets meanwhile. */
  readonly kept: readonly Column[];
  /** What is known of NEW and OLD meanwhile. */
  readonly row: Assumption;
  /** Of the columns that the action leaves as they are, those of which nothing is known. */
  readonly open: readonly Column[];
  /** What the rows referred to: no row has it any more. Null where that is more than one column, or not known. */
  readonly gone: { readonly column: EntityId; readonly value: ConstantValue } | null;
}

/** The columns of a key, and those that its action empties where these are not all. */
export type Emptied = Pick<ForeignKey, 'table' | 'columns' | 'setColumns'> &
  Partial<Pick<ForeignKey, 'referencedColumns'>>;

/** Undefined where the table takes none, where it is not known what triggers make of it, and where one of them sets what is to be emptied. */
export const emptyingBy = askedOnce((graph: SchemaGraph, key: ForeignKey) => {
  const made = emptyingOf(graph, key);
  return made?.columns.every((each) => made.kept.includes(each)) === true ? made : undefined;
});

/** The same, also where a trigger sets what is to be emptied: of these columns NEW may have anything then. */
export function emptyingOf(graph: SchemaGraph, key: Emptied): Emptying | undefined {
  if (graph.ownedBy(key.table, 'rewriteRule').some(({ event }) => event === 'update')) return undefined;
  const { sets, unknown } = columnsSetByTriggers(graph, key.table, 'update');
  if (unknown.length > 0) return undefined;
  const kept = graph.columns(key.table).filter(({ id }) => !sets.some(({ column }) => column === id));
  const columns = (key.setColumns.length > 0 ? key.setColumns : key.columns).map((id) => graph.get('column', id));
  if (columns.some((each) => !isNullable(graph, each))) return undefined;
  const open = kept.filter((each) => !key.columns.includes(each.id) && each.generated === null);
  const row = knownOfRow(graph.columns(key.table), key, columns, kept);
  return { columns, kept, row, open, gone: goneBy(key, columns, row) };
}

/** The cascade comes once the parent is deleted (ri_triggers.c: an AFTER trigger of it), and each statement of a trigger's function sees that. */
function goneBy(
  { referencedColumns = [] }: Emptied,
  [own, more]: readonly Column[],
  row: Assumption,
): Emptying['gone'] {
  const [column, another] = referencedColumns;
  if (own === undefined || more !== undefined || column === undefined || another !== undefined) return null;
  const value = row({ ColumnRef: { fields: [{ String: { sval: 'old' } }, { String: { sval: own.name } }] } });
  return value === undefined ? null : { column, value };
}

/** The trigger that would raise an error if a key of these columns said ON DELETE SET NULL. */
export function refusesEmptying(graph: SchemaGraph, key: Emptied): Trigger | undefined {
  const made = emptyingOf(graph, key);
  return made && graph.ownedBy(key.table, 'trigger').find((each) => refusal(graph, each, made) !== undefined);
}

/** Does a trigger run when ON DELETE SET NULL empties these columns? */
export function isRunByEmptying(trigger: Trigger, { columns, row }: Emptying): boolean {
  const { timing, events, updateColumns, when } = trigger;
  if (timing === 'insteadOf' || !events.includes('update') || !firesInOrigin(trigger)) return false;
  if (updateColumns.length > 0 && !columns.some(({ id }) => updateColumns.includes(id))) return false;
  return when === null || foldBoolean(when.tree, row) === true;
}

function refusal(
  graph: SchemaGraph,
  trigger: Trigger,
  made: Emptying,
): Pick<RefusedSetNull, 'function' | 'caller' | 'state' | 'looksForGone'> | undefined {
  if (trigger.level !== 'row') return undefined;
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (called?.kind !== 'function' || graph.isDoubtful(called, ['functions'])) return undefined;
  const shape = routineShape(graph, called);
  if (shape.block === null) return undefined;
  if (isRunByEmptying(trigger, made)) {
    const runs = (each: KnownCaller, also?: AlsoKnown) =>
      raises(certainRun(shape, among(made.row, knownOfCaller(graph, shape, each, also))));
    if (runs('anyone')) return { function: called, caller: 'anyone', state: null, looksForGone: false };
    const { gone } = made;
    const isGone = gone === null ? undefined : withoutRow(graph, ({ id }) => id === gone.column, gone.value);
    if (isGone !== undefined && runs('anyone', isGone))
      return { function: called, caller: 'anyone', state: null, looksForGone: true };
    if (runs('serviceKey')) return { function: called, caller: 'serviceKey', state: null, looksForGone: false };
  }
  const trees = [...shape.expressions.map(({ tree }) => tree), ...(trigger.when === null ? [] : [trigger.when.tree])];
  const state = askedStates(graph, trees, made.open).find((each) => {
    const row = besides((node) => inState(each, ['old', 'new'], node), made.row);
    const isRun = isRunByEmptying(trigger, { ...made, row });
    const known = among(row, knownOfCaller(graph, shape, 'anyone'));
    return isRun && raises(certainRun(shape, known)) && isComeTo(graph, trigger, shape, each);
  });
  return state && { function: called, caller: 'anyone', state, looksForGone: false };
}

function raises({ end }: CertainRun): boolean {
  return end?.kind === 'raises';
}

/** What is known of the row goes before what is known of who runs it. */
export function among(row: Assumption, ofCaller: Known): Known {
  return (node, assume) => {
    const value = row(node);
    return value === undefined ? ofCaller(node, assume) : value;
  };
}

/** What the first knows, and else what the second does. */
export function besides(first: Assumption, second: Assumption): Assumption {
  return (node) => {
    const value = first(node);
    return value === undefined ? second(node) : value;
  };
}

function inState({ column, value }: RowState, rows: readonly string[], node: Node): ReturnType<Assumption> {
  const field = rowField(node);
  return field !== undefined && rows.includes(field.row) && field.name === column.name ? value : undefined;
}

/** May there be such rows: no CHECK refuses them, and the trigger lets one be added so, or become so? */
function isComeTo(graph: SchemaGraph, trigger: Trigger, shape: RoutineShape, state: RowState): boolean {
  const { column, kind, value } = state;
  if (kind !== 'set' && checkFailedBy(graph, column.relation, new Map([[column.id, value]])) !== undefined)
    return false;
  if (!trigger.events.includes('insert')) return true;
  return (['insert', 'update'] as const).some((event) => {
    const starts = startsFor(event);
    return !raises(
      certainRun(
        shape,
        besides((node) => inState(state, ['new'], node), starts),
      ),
    );
  });
}

/** NEW and OLD while the action runs. */
function knownOfRow(
  all: readonly Column[],
  key: Emptied,
  emptied: readonly Column[],
  kept: readonly Column[],
): Assumption {
  const isEmptied = new Set(emptied.map(({ name }) => name));
  const isKept = new Set(kept.map(({ name }) => name));
  // NULL refers to nothing, so that the action would not have come.
  const before = new Map(
    all.flatMap(({ id, name, notNull }) => (notNull || key.columns.includes(id) ? [[name, Symbol(id)] as const] : [])),
  );
  const after = new Map(
    [...before, ...emptied.map(({ name }) => [name, null] as const)].filter(([name]) => isKept.has(name)),
  );
  const unchanged = new Set(kept.flatMap(({ name }) => (isEmptied.has(name) ? [] : [name])));
  return knownOfUpdate({ before, after, unchanged });
}
