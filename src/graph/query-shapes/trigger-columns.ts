import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type Assignment, routineShape } from './routine-shape.ts';

type Trigger = EntityOf<'trigger'>;

/** A column that a BEFORE row trigger sets. */
export interface TriggerSetColumn {
  readonly column: EntityId;
  readonly trigger: Trigger;
  /** Null for an extension's trigger function that is told the column's name (moddatetime). */
  readonly assignment: Assignment | null;
}

export interface TriggerSetColumns {
  readonly sets: readonly TriggerSetColumn[];
  /** BEFORE row triggers of which it is not known what they set. */
  readonly unknown: readonly Trigger[];
}

/** What the enabled BEFORE row triggers of a table put into NEW for one of these events. */
export function columnsSetByTriggers(
  graph: SchemaGraph,
  table: EntityId,
  event: 'insert' | 'update',
): TriggerSetColumns {
  const sets: TriggerSetColumn[] = [];
  const unknown: Trigger[] = [];
  for (const trigger of graph.ownedBy(table, 'trigger')) {
    const { timing, level, events, enabled } = trigger;
    if (timing !== 'before' || level !== 'row' || !events.includes(event) || enabled === 'disabled') continue;
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function') {
      unknown.push(trigger);
      continue;
    }
    const named =
      called.extension === undefined ? [] : trigger.arguments.flatMap((name) => graph.column(table, name) ?? []);
    for (const { id } of named) sets.push({ column: id, trigger, assignment: null });
    if (named.length > 0) continue;
    const shape = routineShape(graph, called);
    const isMade = shape.madeRows.size > 0 || shape.assignments.some(({ target }) => target.join() === 'new');
    if (shape.unread.length > 0 || isMade) unknown.push(trigger);
    for (const assignment of shape.assignments) {
      const [row, name] = assignment.target;
      const column = row === 'new' && name !== undefined ? graph.column(table, name) : undefined;
      if (column !== undefined) sets.push({ column: column.id, trigger, assignment });
    }
  }
  return { sets, unknown };
}
