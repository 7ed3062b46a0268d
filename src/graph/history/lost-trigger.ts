import type { Entity, EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Change, Statement } from '../journal.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { hasRowColumns, isWrittenByOther, type TriggerDeeds, triggerDeeds } from '../triggers/trigger-deeds.ts';
import { isUsersOwn } from '../users-own.ts';
import { bornBy } from './born-in.ts';
import { isDroppedByName } from './dropped-by-name.ts';
import { type DroppedWithTable, droppedWithTable } from './lost-setter.ts';
import { madeAgain, takenByCascade } from './taken-by-cascade.ts';

type Trigger = EntityOf<'trigger'>;
type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** A trigger that went with something else, and whose function is not called in its place. What that writes is written to other tables. */
export interface LostTrigger extends DroppedWithTable, TriggerDeeds {
  readonly function: Routine;
  /** With a former table, or with the former function, which was made again. */
  readonly wentWith: 'table' | 'function';
}

/**
 * The triggers that a table of this name had until it was dropped and made anew, or until a CASCADE took them with their function, where nobody says that they are not wanted: no DROP TRIGGER, the
 * function is still there and would still work, and no trigger of the present table could be meant in its place.
 */
export function lostTriggers(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  table: Table,
): readonly LostTrigger[] {
  const found = new Map<string, LostTrigger>();
  const candidates = [...wentWithTable(graph, journal, table), ...wentWithFunction(graph, journal, table)];
  for (const { trigger, by, function: called, wentWith } of candidates) {
    if (called?.kind !== 'function' || !isTriggerFunction(called) || !isUsersOwn(graph, called)) continue;
    if (trigger.enabled === 'disabled') continue;
    // DROP TRIGGER IF EXISTS before its making is for running the file again.
    const born = bornBy(journal, trigger.id)?.index ?? -1;
    if (isDroppedByName(statements, 'OBJECT_TRIGGER', table.name, trigger.name, born)) continue;
    if (!hasRowColumns(graph, table, called)) continue;
    const deeds = triggerDeeds(graph, called);
    if (deeds === undefined) continue;
    const writes = deeds.writes.filter(({ relation }) => relation !== table.id);
    if (writes.some((each) => isWrittenByOther(graph, each, called))) continue;
    const { sets, refuses } = deeds;
    if (writes.length > 0 || refuses || sets.some((name) => !isTime(graph, table, name)))
      found.set(trigger.name, { trigger, by, function: called, wentWith, writes, sets, refuses });
  }
  return [...found.values()];
}

interface Candidate extends DroppedWithTable {
  readonly function: Entity | undefined;
  readonly wentWith: LostTrigger['wentWith'];
}

function wentWithTable(graph: SchemaGraph, journal: readonly Change[], table: Table): readonly Candidate[] {
  return droppedWithTable(journal, table).flatMap(({ trigger, by }): readonly Candidate[] => {
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called === undefined || graph.dependentsOfKind(called.id, 'trigger').length > 0) return [];
    return isReplaced(graph, table, trigger) ? [] : [{ trigger, by, function: called, wentWith: 'table' }];
  });
}

/** Where DROP FUNCTION … CASCADE took it, and the function was made again, perhaps for other tables only. */
function wentWithFunction(graph: SchemaGraph, journal: readonly Change[], table: Table): readonly Candidate[] {
  return takenByCascade(journal).flatMap(({ taken, by, used }): readonly Candidate[] => {
    if (taken.kind !== 'trigger' || taken.relation !== table.id) return [];
    const gone = used.find(({ id }) => id === taken.function);
    const again = gone === undefined ? undefined : madeAgain(graph, gone);
    const isSince = (id: EntityId) => (bornBy(journal, id)?.index ?? -1) > by.index;
    if (again === undefined || !isSince(again.id)) return [];
    return isReplaced(graph, table, taken, isSince)
      ? []
      : [{ trigger: taken, by, function: again, wentWith: 'function' }];
  });
}

/** stale-updated-at tells of it. */
function isTime(graph: SchemaGraph, table: Table, name: string): boolean {
  const column = graph.column(table.id, name);
  return column !== undefined && hasRole(graph, column, 'updated');
}

/** Is there a trigger, of those that count, that fires when this one did? What it does may be what this one did. */
function isReplaced(
  graph: SchemaGraph,
  table: Table,
  { name, timing, events }: Trigger,
  counts: (trigger: EntityId) => boolean = () => true,
): boolean {
  return graph.ownedBy(table.id, 'trigger').some((each) => {
    if (each.name === name) return true;
    return counts(each.id) && each.timing === timing && each.events.some((event) => events.includes(event));
  });
}
