import type { PlStatement } from '../../sql/plpgsql.ts';
import type { Folded } from '../binding/questions/constant-value.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { reachedFor, startsFor } from '../query-shapes/trigger-ways.ts';
import { bodyTree } from '../routines/body-tree.ts';
import { certainInserts } from '../routines/certain-inserts.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isRewritten, surelyRefused } from './write-guards.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Trigger = EntityOf<'trigger'>;

/** A trigger that adds rows for a parent which the cascade that runs the trigger has removed. */
export interface OrphanInserts {
  readonly trigger: Trigger;
  readonly function: EntityOf<'function'>;
  readonly inserts: readonly OrphanInsert[];
}

export interface OrphanInsert {
  /** By which the trigger's rows go; null where what is added refers to these themselves. */
  readonly key: ForeignKey | null;
  /** Of the added row, to the same parent. */
  readonly ownKey: ForeignKey;
  readonly statement: PlStatement;
  /** What gives its columns the parent's key. */
  readonly values: readonly SetColumn[];
}

/**
 * ON DELETE CASCADE deletes the rows below when the row above is gone already (RI_FKey_cascade_del() runs after it), and a key that is not deferred is
 * asked at the end of the INSERT that a trigger of theirs runs, before or after its own row goes: 23503. So it is with a row that an AFTER trigger adds for
 * the deleted row itself. Only what each such DELETE comes to, whatever the row, and keys that say themselves that the parent may go.
 */
export function orphanInserts(graph: SchemaGraph, table: EntityOf<'table'>): readonly OrphanInserts[] {
  if (table.partitionKey !== null) return [];
  const triggers = graph.ownedBy(table.id, 'trigger').filter((trigger) => {
    const { timing, level, events, when } = trigger;
    const isForEach = timing !== 'insteadOf' && level === 'row' && events.includes('delete');
    return isForEach && firesInOrigin(trigger) && when === null;
  });
  if (triggers.length === 0 || mayStay(graph, table)) return [];
  const above = graph
    .ownedBy(table.id, 'foreignKey')
    .filter((each) => each.onDelete === 'cascade' && each.isEnforced && each.parent === null)
    .filter((each) => each.referencedTable !== table.id && isDeletedWithRowsBelow(graph, each.referencedTable))
    .map((key): Parent => {
      const columns = key.referencedColumns.map((id, at) => [id, key.columns[at]] as const);
      return { table: key.referencedTable, key, columns: new Map(columns) };
    });
  const itself = new Map(graph.columns(table.id).flatMap(({ id, notNull }) => (notNull ? [[id, id] as const] : [])));
  return triggers.flatMap((trigger): readonly OrphanInserts[] => {
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || graph.isDoubtful(called, ['functions'])) return [];
    const own: readonly Parent[] = trigger.timing === 'after' ? [{ table: table.id, key: null, columns: itself }] : [];
    const inserts = own.flatMap((each) => insertsOf(graph, called, each));
    const all = inserts.length > 0 ? inserts : above.flatMap((each) => insertsOf(graph, called, each));
    return all.length === 0 ? [] : [{ trigger, function: called, inserts: all }];
  });
}

/** Does each DELETE of a row fail by what a trigger then adds for it? */
export function isKeptByNote(graph: SchemaGraph, table: EntityId): boolean {
  const found = graph.find(table);
  if (found?.kind !== 'table') return false;
  return orphanInserts(graph, found).some(({ inserts }) => inserts.some(({ key }) => key === null));
}

/** What is gone when the trigger runs. */
interface Parent {
  readonly table: EntityId;
  readonly key: ForeignKey | null;
  /** Its columns that are never NULL then, and those of OLD that have their values. */
  readonly columns: ReadonlyMap<EntityId, EntityId | undefined>;
}

/** Rows can be deleted, and nothing removes what hangs on them first. */
function isDeletedWithRowsBelow(graph: SchemaGraph, id: EntityId): boolean {
  const table = graph.find(id);
  if (table?.kind !== 'table' || table.isAssumed === true || mayStay(graph, table)) return false;
  return graph.ownedBy(id, 'trigger').every(({ timing, events, enabled, function: called }) => {
    if (timing === 'after' || !events.includes('delete') || enabled === 'disabled') return true;
    const routine = called === null ? undefined : graph.find(called);
    const shape = routine?.kind === 'function' ? routineShape(graph, routine) : undefined;
    return shape?.isWhole === true && shape.writes.length === 0 && shape.calls.length === 0;
  });
}

/** A trigger of its own or a rule keeps rows from being deleted, or may do so without an error. */
function mayStay(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  const isReplaced = graph.ownedBy(table.id, 'rewriteRule').some(({ event }) => event === 'delete');
  if (isReplaced || surelyRefused(graph, table.id).has('delete')) return true;
  return graph.ownedBy(table.id, 'trigger').some(({ timing, level, events, enabled, function: id }) => {
    if (timing !== 'before' || level !== 'row' || !events.includes('delete') || enabled === 'disabled') return false;
    const called = id === null ? undefined : graph.find(id);
    const tree = called?.kind === 'function' ? bodyTree(called) : undefined;
    if (tree?.language !== 'plpgsql') return true;
    return reachedFor([tree.block], 'delete').some(
      (each) => each.kind === 'return' && !OLD_ROW.test(each.value?.text.trim() ?? ''),
    );
  });
}

const OLD_ROW = /^(?:old|coalesce\s*\(\s*new\s*,\s*old\s*\))$/i;

function insertsOf(graph: SchemaGraph, routine: EntityOf<'function'>, parent: Parent): readonly OrphanInsert[] {
  const shape = routineShape(graph, routine);
  if (!shape.writes.some(({ write }) => write.kind === 'insert')) return [];
  // One value each, of which it is known only that it is one.
  const columns = [...parent.columns.values()].flatMap((id) => (id === undefined ? [] : graph.get('column', id)));
  const known = new Map(columns.map(({ id, name }) => [name, Symbol(id)] as const));
  const starts = startsFor('delete');
  const { reached } = certainRun(shape, (node) => {
    const field = rowField(node);
    return field?.row === 'old' ? known.get(field.name) : starts(node);
  });
  return reached.flatMap(({ statement, worthOf }) =>
    certainInserts(shape, statement).flatMap(({ into, sets }): readonly OrphanInsert[] => {
      const table = graph.find(into);
      if (table?.kind !== 'table' || !isPlain(graph, table)) return [];
      const givesOld = (column: EntityId, old: EntityId | undefined): boolean => {
        const value = sets.find((each) => each.column === column)?.value;
        const given: Folded = value === null || value === undefined ? undefined : worthOf(value);
        return old !== undefined && given !== undefined && given === known.get(graph.get('column', old).name);
      };
      const ownKey = graph.ownedBy(table.id, 'foreignKey').find((each) => {
        if (each.referencedTable !== parent.table || !isAskedAtOnce(graph, each)) return false;
        const columns = each.columns.map((column, at) => [column, each.referencedColumns[at]] as const);
        return columns.every(([column, of]) => of !== undefined && givesOld(column, parent.columns.get(of)));
      });
      if (ownKey === undefined) return [];
      const values = sets.filter(({ column }) => column !== null && ownKey.columns.includes(column));
      return [{ key: parent.key, ownKey, statement, values }];
    }),
  );
}

/** What is added goes in as it is. */
function isPlain(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  return table.isAssumed !== true && !isRewritten(graph, table, 'insert');
}

/** NO ACTION and RESTRICT keep the parent anyway, once there are such rows. */
function isAskedAtOnce(graph: SchemaGraph, key: ForeignKey): boolean {
  const letsGo = key.onDelete !== 'no action' && key.onDelete !== 'restrict';
  return key.isEnforced && !key.isInitiallyDeferred && letsGo && !graph.isDoubtful(key, ['constraints']);
}
