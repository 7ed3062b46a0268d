import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { deletionMark } from '../lexicon/column-roles.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';
import { isUsersOwn } from '../users-own.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/** How many keys away tables are, by the shortest way; the table asked about is 0 away. */
export type Distances = ReadonlyMap<EntityId, number>;

/**
 * The keys of the user's tables by which rows go with the row they refer to, by the table above; of several between two tables
 * the first. A row that takes rows of its own table along goes no deeper, and where a table takes no DELETE the way ends before
 * it.
 */
export const cascadesByParent = askedOnce((graph): ReadonlyMap<EntityId, readonly ForeignKey[]> => {
  const below = new Map<EntityId, Map<EntityId, ForeignKey>>();
  for (const key of graph.ofKind('foreignKey')) {
    if (key.onDelete !== 'cascade' || !key.isEnforced || key.parent !== null || key.table === key.referencedTable)
      continue;
    const child = graph.get('table', key.table);
    if (!isUsersOwn(graph, child) || graph.isDoubtful(key, ['constraints'])) continue;
    if (surelyRefused(graph, child.id).has('delete')) continue;
    const keys = below.get(key.referencedTable) ?? new Map<EntityId, ForeignKey>();
    below.set(key.referencedTable, keys);
    if (!keys.has(key.table)) keys.set(key.table, key);
  }
  return new Map([...below].map(([id, keys]) => [id, [...keys.values()]] as const));
});

const cascadesByChild = askedOnce((graph): ReadonlyMap<EntityId, readonly ForeignKey[]> => {
  const above = new Map<EntityId, ForeignKey[]>();
  for (const keys of cascadesByParent(graph).values()) for (const key of keys) addTo(above, key.table, key);
  return above;
});

/** The tables of which rows go with a row of this one. */
export function tablesBelow(graph: SchemaGraph, root: EntityId): Distances {
  const below = cascadesByParent(graph);
  return spread(root, (id) => (below.get(id) ?? []).map(({ table }) => table));
}

/** The tables with whose rows rows of this one go. */
export function tablesAbove(graph: SchemaGraph, id: EntityId): Distances {
  const above = cascadesByChild(graph);
  return spread(id, (each) => (above.get(each) ?? []).map(({ referencedTable }) => referencedTable));
}

function spread(start: EntityId, next: (id: EntityId) => readonly EntityId[]): Distances {
  const distances = new Map([[start, 0]]);
  for (const [id, distance] of distances)
    for (const each of next(id)) if (!distances.has(each)) distances.set(each, distance + 1);
  return distances;
}

export function farthest(distances: Distances): number {
  return Math.max(...distances.values());
}

/**
 * The column that marks rows as deleted (deleted_at) where a DELETE is the exception for that: not in a platform's table, nor
 * where the rows go with others that are deleted, as profiles with their user.
 */
export function markInPlaceOfDelete(graph: SchemaGraph, table: EntityId): EntityOf<'column'> | undefined {
  const isMarked = [...tablesAbove(graph, table).keys()].every(
    (each) => isUsersOwn(graph, graph.get('table', each)) && deletionMark(graph, each) !== undefined,
  );
  return isMarked ? deletionMark(graph, table) : undefined;
}

/** So many keys on a cascade is a chain (cascade-chain). */
export const CHAIN_LENGTH = 3;

/** Would rows of some table take along rows that far away, if this key said CASCADE, where none are today? */
export function wouldBeginChain(graph: SchemaGraph, table: EntityId, referencedTable: EntityId): boolean {
  const reached = [...tablesBelow(graph, table)];
  return [...tablesAbove(graph, referencedTable)].some(([root, above]) => {
    const today = tablesBelow(graph, root);
    if (farthest(today) >= CHAIN_LENGTH) return false;
    return reached.some(([id, below]) => !today.has(id) && above + 1 + below >= CHAIN_LENGTH);
  });
}

/**
 * When a DELETE fails that takes along both a row and what refers to it by a key without an action. `always`, where the rows that refer to it go
 * later; `others`, where each of them goes with a row of that table too, of which the DELETE takes one: it fails for those that go with another.
 * `rows`: it takes several, and fails where the other one comes later. `keys`: the order decides in which the keys were made.
 */
export type Refusal = 'always' | 'others' | 'rows' | 'keys';

/** A table whose rows cannot be deleted, as they take along both a row and what refers to it by a key that has no such action. */
export interface BlockedDelete {
  readonly table: EntityId;
  readonly refusal: Refusal;
}

/**
 * What a DELETE takes along goes key by key: first the rows that refer to the row itself, then those that refer to these. NO
 * ACTION and RESTRICT are asked one step after the row they are about is gone, and fail where the rows that refer to it go later.
 * In the same step the triggers' names decide, that is the order in which the keys were made
 * (ri_PerformCheck() in ri_triggers.c queues what its query fires behind what waits already); and of several rows that go, all that
 * the first one fires comes before what the second one does.
 */
export function blockedDelete(graph: SchemaGraph, key: ForeignKey): BlockedDelete | undefined {
  const ofChild = tablesAbove(graph, key.table);
  const blocked = [...tablesAbove(graph, key.referencedTable)].flatMap(([table, steps]): BlockedDelete[] => {
    const stepsToChild = ofChild.get(table);
    if (table === key.referencedTable || stepsToChild === undefined || stepsToChild <= steps) return [];
    return [{ table, refusal: stepsToChild > steps + 1 ? 'always' : refusalInTurn(graph, table, key) }];
  });
  const isSure = ({ refusal }: BlockedDelete) => refusal === 'always';
  return blocked.find(isSure) ?? blocked.find(({ refusal }) => refusal === 'others') ?? blocked[0];
}

/** When a DELETE of such a row fails, where the rows that refer by the key go in the same step in which it is asked. */
export function refusalInTurn(graph: SchemaGraph, root: EntityId, key: ForeignKey): Exclude<Refusal, 'always'> {
  const distances = tablesBelow(graph, root);
  const steps = distances.get(key.referencedTable) ?? 0;
  const ways = (cascadesByChild(graph).get(key.table) ?? []).filter(
    ({ referencedTable }) => distances.get(referencedTable) === steps,
  );
  if (ways.some(({ referencedTable }) => referencedTable !== key.referencedTable)) return 'keys';
  const [up, another] = (cascadesByChild(graph).get(key.referencedTable) ?? []).filter(
    ({ referencedTable }) => distances.get(referencedTable) === steps - 1,
  );
  const [column, second] = up?.columns ?? [];
  if (up?.referencedTable !== root || another !== undefined || column === undefined || second !== undefined)
    return 'rows';
  return isUniqueAlone(graph, graph.get('column', column)) ? 'others' : 'rows';
}

/** A key that keeps rows which would go with another row, and so that row. */
export interface KeptBelow {
  readonly key: ForeignKey;
  /** Else the rows that refer by it go in the same step, and the order decides in which the keys were made. */
  readonly isSure: boolean;
}

/**
 * The key that keeps rows of a table below on purpose: not where what refers by it goes itself before it is asked (see blockedDelete()). Kept,
 * since all keys to a tenant ask it of the same table.
 */
export const keptFurtherDown = askedOnce((graph: SchemaGraph, root: EntityId): KeptBelow | undefined => {
  const distances = tablesBelow(graph, root);
  const kept = [...distances].flatMap(([id, distance]) =>
    (id === root ? [] : restrictingKeys(graph, id)).flatMap((key): KeptBelow[] => {
      const steps = distances.get(key.table);
      if (steps !== undefined && steps <= distance) return [];
      return [{ key, isSure: steps === undefined || steps > distance + 1 }];
    }),
  );
  return kept.find(({ isSure }) => isSure) ?? kept[0];
});

/** The keys that keep a row of the table while others refer to it, on purpose. */
export function restrictingKeys(graph: SchemaGraph, table: EntityId): readonly ForeignKey[] {
  return graph
    .referencedBy(table)
    .filter((each) => each.onDelete === 'restrict' && each.parent === null && each.isEnforced);
}
