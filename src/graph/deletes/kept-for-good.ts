import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { isNullable } from '../nulls/nullability.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { startsFor } from '../query-shapes/trigger-ways.ts';
import { certainInserts } from '../routines/certain-inserts.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isRewritten, surelyRefused } from '../triggers/write-guards.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/** What keeps each new row of a table for good. */
export interface KeepingRow {
  /** Adds a row of another table for each new one. */
  readonly trigger: EntityOf<'trigger'>;
  readonly function: EntityOf<'function'>;
  /** By which that row refers to the new one, in a table that refuses each DELETE. */
  readonly key: ForeignKey;
}

/** Can no row of the table ever be deleted: by a trigger of its own, or as another row keeps each (keepingRow())? */
export function isKeptForGood(graph: SchemaGraph, table: EntityId): boolean {
  return surelyRefused(graph, table).has('delete') || keepingRow(graph, table) !== undefined;
}

/** The row of another table that a trigger gives each new one, that refers to it, and that is there for good. */
export const keepingRow = askedOnce((graph: SchemaGraph, table: EntityId): KeepingRow | undefined => {
  const keys = graph.referencedBy(table).filter((each) => each.table !== table && holdsForGood(graph, each));
  if (keys.length === 0) return undefined;
  for (const trigger of graph.ownedBy(table, 'trigger')) {
    const found = addedBy(graph, trigger, keys);
    if (found !== undefined) return found;
  }
  return undefined;
});

/** A row that refers to another by the key cannot go, nor can it let go of the other: by what the key does, or the column that may be NULL. */
function holdsForGood(graph: SchemaGraph, { isEnforced, parent, table, onDelete, columns }: ForeignKey): boolean {
  if (!isEnforced || parent !== null) return false;
  const refused = surelyRefused(graph, table);
  if (!refused.has('delete')) return false;
  if (onDelete === 'cascade' || refused.has('update')) return true;
  const isEmptied = onDelete === 'set null' || onDelete === 'set default';
  return !isEmptied && columns.every((each) => !isNullable(graph, graph.get('column', each)));
}

/** The row that the trigger adds by one of the keys for each new row, whatever is in it. */
function addedBy(
  graph: SchemaGraph,
  trigger: EntityOf<'trigger'>,
  keys: readonly ForeignKey[],
): KeepingRow | undefined {
  const { timing, level, events, when } = trigger;
  const isForEach = timing !== 'insteadOf' && level === 'row' && events.includes('insert') && when === null;
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (!isForEach || !firesInOrigin(trigger) || called?.kind !== 'function') return undefined;
  const shape = routineShape(graph, called);
  if (!shape.writes.some(({ write }) => write.kind === 'insert')) return undefined;
  for (const { statement } of certainRun(shape, startsFor('insert')).reached)
    for (const { into, sets } of certainInserts(shape, statement)) {
      const table = graph.find(into);
      if (table?.kind !== 'table' || isRewritten(graph, table, 'insert')) continue;
      const key = keys.find((each) => each.table === into && refersToNew(graph, each, sets));
      if (key !== undefined) return { trigger, function: called, key };
    }
  return undefined;
}

function refersToNew(graph: SchemaGraph, key: ForeignKey, sets: readonly SetColumn[]): boolean {
  return key.columns.every((column, at) => {
    const of = key.referencedColumns[at];
    const value = sets.find((each) => each.column === column)?.value ?? undefined;
    const given = rowField(unwrapped(value));
    return of !== undefined && given?.row === 'new' && given.name === graph.get('column', of).name;
  });
}
