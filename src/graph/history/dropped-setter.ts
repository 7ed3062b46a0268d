import { patternOf } from '../../sql/name.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { readOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { Change } from '../journal.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Trigger = EntityOf<'trigger'>;
type Routine = EntityOf<'function'>;

/** What the history dropped. */
interface Dropped {
  /** By their table: those dropped by their names, not together with their function. */
  readonly triggers: ReadonlyMap<EntityId, readonly Trigger[]>;
  readonly functions: ReadonlyMap<EntityId, Routine>;
}

/** Does the history drop, by its name, a trigger that set the column in new versions of a row? Then nobody forgot it. */
export function isSetterDropped(graph: SchemaGraph, journal: readonly Change[], column: EntityOf<'column'>): boolean {
  const { triggers, functions } = droppedIn(journal);
  return (triggers.get(column.relation) ?? []).some((trigger) => {
    if (!trigger.events.includes('update')) return false;
    // Made anew: what it does now counts.
    if (graph.part('trigger', column.relation, trigger.name) !== undefined) return false;
    if (trigger.arguments.includes(column.name)) return true;
    const id = trigger.function;
    const standing = id === null ? undefined : graph.find(id);
    const called = standing?.kind === 'function' ? standing : id === null ? undefined : functions.get(id);
    return called !== undefined && sets(called, column.name);
  });
}

const droppedIn = readOnce((journal: readonly Change[]): Dropped => {
  const triggers = new Map<EntityId, Trigger[]>();
  const functions = new Map<EntityId, Routine>();
  for (const change of journal) {
    if (change.type !== 'dropped') continue;
    const { before, by } = change;
    if (before.kind === 'function') functions.set(before.id, before);
    if (before.kind === 'trigger' && fieldsOf(by.node, 'DropStmt')?.removeType === 'OBJECT_TRIGGER')
      addTo(triggers, before.relation, before);
  }
  return { triggers, functions };
});

/** By the text of the body: a function that is gone has nothing else. */
function sets({ body }: Routine, column: string): boolean {
  return new RegExp(`\\bnew\\s*\\.\\s*"?${patternOf(column)}"?\\s*:?=(?!=)`, 'i').test(body?.text ?? '');
}
