import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused, surelyRefusing } from '../triggers/write-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { keepingRow } from './kept-for-good.ts';
import { refusedSetNulls } from './refused-set-nulls.ts';

type Trigger = EntityOf<'trigger'>;

/** Rows that stay as they are, by a trigger that refuses each change of the table, and so what they refer to by a key that is to delete or empty them. */
export interface HoldingRows {
  readonly key: EntityOf<'foreignKey'>;
  readonly trigger: Trigger;
  /** What the key's action would do to them. */
  readonly action: 'delete' | 'update';
}

/**
 * The append-only tables that keep the rows of a table from being deleted, in the order of their names. The action of a key is a DELETE or UPDATE of the
 * table it is of, which its triggers refuse as any other (ri_triggers.c). Not where no row of the table could be deleted anyway, or one is kept by the
 * row that a trigger adds for each (keepingRow()).
 */
export const holdingRows = askedOnce((graph: SchemaGraph, parent: EntityId): readonly HoldingRows[] => {
  if (surelyRefused(graph, parent).has('delete')) return [];
  const kept = keepingRow(graph, parent)?.key;
  const found = graph.referencedBy(parent).flatMap((key): readonly HoldingRows[] => {
    const table = graph.get('table', key.table);
    if (key === kept || key.table === parent || !key.isEnforced || key.parent !== null) return [];
    if (!isUsersOwn(graph, table) || graph.isDoubtful(key, ['constraints']) || graph.isDoubtful(table, ['triggers']))
      return [];
    const action = key.onDelete === 'cascade' ? 'delete' : key.onDelete === 'set null' ? 'update' : undefined;
    const trigger = action && surelyRefusing(graph, key.table, action);
    if (action === undefined || trigger === undefined) return [];
    const isMet = action === 'delete' || refusedSetNulls(graph, table).some((each) => each.key === key);
    return isMet ? [{ key, trigger, action }] : [];
  });
  return found.sort((a, b) => (graph.path(a.key) < graph.path(b.key) ? -1 : 1));
});
