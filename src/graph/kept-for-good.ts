import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import { askedOnce } from './asked-once.ts';
import { certainInserts } from './certain-inserts.ts';
import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { certainRun } from './query-shapes/certain-run.ts';
import type { SetColumn } from './query-shapes/query.ts';
import { routineShape } from './query-shapes/routine-shape.ts';
import { startsFor } from './query-shapes/trigger-ways.ts';
import type { SchemaGraph } from './schema-graph.ts';
import { isRewritten, surelyRefused } from './write-guards.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/**
 * Can no row of the table ever be deleted: by a trigger of its own, or as a trigger gives each new one a row of another table that
 * refers to it and that is there for good?
 */
export const isKeptForGood = askedOnce((graph: SchemaGraph, table: EntityId): boolean => {
  if (surelyRefused(graph, table).has('delete')) return true;
  const keys = graph.referencedBy(table).filter((each) => each.table !== table && holdsForGood(graph, each));
  return keys.length > 0 && graph.ownedBy(table, 'trigger').some((each) => addsRow(graph, each, keys));
});

/** A row that refers to another by the key can neither go nor refer to something else. */
function holdsForGood(graph: SchemaGraph, key: ForeignKey): boolean {
  if (!key.isEnforced || key.parent !== null) return false;
  const refused = surelyRefused(graph, key.table);
  return refused.has('delete') && (key.onDelete === 'cascade' || refused.has('update'));
}

/** Does the trigger add a row by one of the keys for each new row, whatever is in it? */
function addsRow(graph: SchemaGraph, trigger: EntityOf<'trigger'>, keys: readonly ForeignKey[]): boolean {
  const { timing, level, events, enabled, when } = trigger;
  const isForEach = timing !== 'insteadOf' && level === 'row' && events.includes('insert') && when === null;
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (!isForEach || (enabled !== 'origin' && enabled !== 'always') || called?.kind !== 'function') return false;
  const shape = routineShape(graph, called);
  if (!shape.writes.some(({ write }) => write.kind === 'insert')) return false;
  const { reached } = certainRun(shape, startsFor('insert'));
  return reached.some(({ statement }) =>
    certainInserts(shape, statement).some(({ into, sets }) => {
      const table = graph.find(into);
      if (table?.kind !== 'table' || isRewritten(graph, table, 'insert')) return false;
      return keys.some((key) => key.table === into && refersToNew(graph, key, sets));
    }),
  );
}

function refersToNew(graph: SchemaGraph, key: ForeignKey, sets: readonly SetColumn[]): boolean {
  return key.columns.every((column, at) => {
    const of = key.referencedColumns[at];
    const value = sets.find((each) => each.column === column)?.value ?? undefined;
    const [row, name, more] = stringsOf(fieldsOf(value, 'ColumnRef')?.fields);
    return of !== undefined && row === 'new' && more === undefined && name === graph.get('column', of).name;
  });
}
