import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused, surelyRefusing } from '../triggers/write-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { keepingRow } from './kept-for-good.ts';
import { refusedSetNulls } from './refused-set-nulls.ts';

type ForeignKey = EntityOf<'foreignKey'>;
type Trigger = EntityOf<'trigger'>;

/** Rows that stay as they are, by a trigger that refuses each change of the table, and so what they refer to by a key that is to delete or empty them. */
export interface HoldingRows {
  readonly key: ForeignKey;
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
  const keys = graph.referencedBy(parent).filter((key) => {
    const isDoubtful =
      graph.isDoubtful(key, ['constraints']) || graph.isDoubtful(graph.get('table', key.table), ['triggers']);
    return key !== kept && key.table !== parent && key.isEnforced && key.parent === null && !isDoubtful;
  });
  const own = keys.filter((key) => isUsersOwn(graph, graph.get('table', key.table)));
  const gone = own.flatMap((key) => holding(graph, key));
  const tables = new Set(gone.map(({ key }) => key.table));
  const emptied = own.flatMap((key) => holdingEmptied(graph, key, tables));
  return [...gone, ...emptied].sort((a, b) => (graph.path(a.key) < graph.path(b.key) ? -1 : 1));
});

function holding(graph: SchemaGraph, key: ForeignKey): readonly HoldingRows[] {
  const trigger = key.onDelete === 'cascade' ? surelyRefusing(graph, key.table, 'delete') : undefined;
  return trigger === undefined ? [] : [{ key, trigger, action: 'delete' }];
}

/** @param tables those that refuse to be deleted from, of which one trigger may do both */
function holdingEmptied(graph: SchemaGraph, key: ForeignKey, tables: ReadonlySet<EntityId>): readonly HoldingRows[] {
  const refused = refusedSetNulls(graph, graph.get('table', key.table)).find(
    (each) => each.key === key && each.state === null && each.caller === 'anyone',
  );
  if (refused === undefined) return [];
  const trigger = surelyRefusing(graph, key.table, 'update') ?? (tables.has(key.table) ? refused.trigger : undefined);
  return trigger === undefined ? [] : [{ key, trigger, action: 'update' }];
}
