import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Change, Statement } from '../journal.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { hasRowColumns, isWrittenByOther, type TriggerDeeds, triggerDeeds } from '../triggers/trigger-deeds.ts';
import { isUsersOwn } from '../users-own.ts';
import { bornBy } from './born-in.ts';
import { type DroppedWithTable, droppedWithTable } from './lost-setter.ts';

type Trigger = EntityOf<'trigger'>;
type Routine = EntityOf<'function'>;
type Table = EntityOf<'table'>;

/** A trigger that went with a former table, and whose function nothing calls any more. What that writes is written to other tables. */
export interface LostTrigger extends DroppedWithTable, TriggerDeeds {
  readonly function: Routine;
}

/**
 * The triggers that a table of this name had until it was dropped and made anew, where nobody says that they are not wanted: no DROP TRIGGER, the
 * function is still there and would still work, and no trigger of the present table could be meant in its place.
 */
export function lostTriggers(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  table: Table,
): readonly LostTrigger[] {
  const found = new Map<string, LostTrigger>();
  for (const { trigger, by } of droppedWithTable(journal, table)) {
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || !isTriggerFunction(called) || !isUsersOwn(graph, called)) continue;
    if (graph.dependentsOfKind(called.id, 'trigger').length > 0 || trigger.enabled === 'disabled') continue;
    if (isDroppedByName(journal, statements, trigger) || isReplaced(graph, table, trigger)) continue;
    if (!hasRowColumns(graph, table, called)) continue;
    const deeds = triggerDeeds(graph, called);
    if (deeds === undefined) continue;
    const writes = deeds.writes.filter(({ relation }) => relation !== table.id);
    if (writes.some((each) => isWrittenByOther(graph, each, called))) continue;
    const { sets, refuses } = deeds;
    if (writes.length > 0 || refuses || sets.some((name) => !isTime(graph, table, name)))
      found.set(trigger.name, { trigger, by, function: called, writes, sets, refuses });
  }
  return [...found.values()];
}

/** stale-updated-at tells of it. */
function isTime(graph: SchemaGraph, table: Table, name: string): boolean {
  const column = graph.column(table.id, name);
  return column !== undefined && hasRole(graph, column, 'updated');
}

/** Behind its making: DROP TRIGGER IF EXISTS before that is for running the file again. */
function isDroppedByName(journal: readonly Change[], statements: readonly Statement[], trigger: Trigger): boolean {
  const born = bornBy(journal, trigger.id)?.index ?? -1;
  return statements.some(({ index, node }) => {
    const { removeType, objects } = fieldsOf(node, 'DropStmt') ?? {};
    if (index <= born || removeType !== 'OBJECT_TRIGGER') return false;
    return (objects ?? []).some((each) => stringsOf(fieldsOf(each, 'List')?.items).at(-1) === trigger.name);
  });
}

/** Is there a trigger that fires when this one did? What it does may be what this one did. */
function isReplaced(graph: SchemaGraph, table: Table, { name, timing, events }: Trigger): boolean {
  return graph.ownedBy(table.id, 'trigger').some((each) => {
    return each.name === name || (each.timing === timing && each.events.some((event) => events.includes(event)));
  });
}
