import { fieldsOf } from '../../sql/nodes.ts';
import { readOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { Change, Statement } from '../journal.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A trigger that went with a table which another one of its name has replaced. */
export interface LostSetter {
  readonly trigger: EntityOf<'trigger'>;
  /** It is still there. */
  readonly function: EntityOf<'function'>;
  readonly by: Statement;
}

/** A trigger that a DROP TABLE took with it. */
export interface DroppedWithTable {
  readonly trigger: EntityOf<'trigger'>;
  readonly by: Statement;
}

/** The last trigger of a former table of that name which set the column in new versions of a row: whoever made the table anew forgot it. */
export function lostSetter(
  graph: SchemaGraph,
  journal: readonly Change[],
  { name, relation }: EntityOf<'column'>,
): LostSetter | undefined {
  return droppedWithTable(journal, graph.get('table', relation))
    .flatMap(({ trigger, by }): readonly LostSetter[] => {
      const called = trigger.function === null ? undefined : graph.find(trigger.function);
      if (called?.kind !== 'function' || trigger.when !== null || trigger.timing !== 'before') return [];
      if (trigger.level !== 'row' || !trigger.events.includes('update') || trigger.updateColumns.length > 0) return [];
      const sets = routineShape(graph, called).assignments.some(({ target }) => target.join('.') === `new.${name}`);
      return sets ? [{ trigger, function: called, by }] : [];
    })
    .at(-1);
}

/** The triggers of former tables of that name, in the order in which they went. */
export function droppedWithTable(journal: readonly Change[], table: EntityOf<'table'>): readonly DroppedWithTable[] {
  const byTable = droppedIn(journal);
  return byTable.get(keyOf(table)) ?? [];
}

/** By the name that the table had when it was dropped. */
const droppedIn = readOnce((journal: readonly Change[]): ReadonlyMap<string, readonly DroppedWithTable[]> => {
  const tables = new Map<EntityId, string>();
  for (const change of journal)
    if (change.type === 'dropped' && change.before.kind === 'table') tables.set(change.before.id, keyOf(change.before));
  const made = new Map<string, DroppedWithTable[]>();
  for (const change of journal) {
    if (change.type !== 'dropped' || change.before.kind !== 'trigger') continue;
    const { before: trigger, by } = change;
    const table = tables.get(trigger.relation);
    if (table === undefined || fieldsOf(by.node, 'DropStmt')?.removeType !== 'OBJECT_TABLE') continue;
    addTo(made, table, { trigger, by });
  }
  return made;
});

function keyOf({ name }: EntityOf<'table'>): string {
  return `${name.schema}.${name.name}`;
}
