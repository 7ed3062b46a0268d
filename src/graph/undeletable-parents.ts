import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import { askedOnce } from './asked-once.ts';
import type { EntityOf } from './entities/index.ts';
import { mayBeIdle } from './missing-values.ts';
import { isNullable } from './nullability.ts';
import { certainWrites } from './query-shapes/certain-writes.ts';
import { unwrapped } from './query-shapes/operand.ts';
import type { SetColumn } from './query-shapes/query.ts';
import { routineShape } from './query-shapes/routine-shape.ts';
import { startsFor } from './query-shapes/trigger-ways.ts';
import type { SchemaGraph } from './schema-graph.ts';
import { isUsersOwn } from './users-own.ts';
import { isRewritten, surelyRefused } from './write-guards.ts';

type Table = EntityOf<'table'>;

/** A table of which no row can be deleted again: a trigger gives each new row one below it that nobody may delete. */
export interface UndeletableParent {
  /** Adds the row below. */
  readonly trigger: EntityOf<'trigger'>;
  /** The table that refuses each DELETE (surelyRefused()). */
  readonly child: Table;
  readonly key: EntityOf<'foreignKey'>;
}

/**
 * Of the rows that are added to a table: what keeps each of them for good. Not where the row below can let go of it: a key whose column may be NULL, in
 * a table that takes UPDATEs.
 */
export const undeletableParent = askedOnce((graph: SchemaGraph, table: Table): UndeletableParent | undefined => {
  const keys = graph.referencedBy(table.id).filter((key) => holds(graph, key));
  if (keys.length === 0) return undefined;
  for (const trigger of graph.ownedBy(table.id, 'trigger')) {
    const { enabled, level, events, when, timing } = trigger;
    if ((enabled !== 'origin' && enabled !== 'always') || level !== 'row' || timing === 'insteadOf') continue;
    if (when !== null || !events.includes('insert')) continue;
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || !isUsersOwn(graph, called) || graph.isDoubtful(called, ['functions'])) continue;
    const shape = routineShape(graph, called);
    if (shape.block === null || !shape.isWhole) continue;
    for (const { write, tree } of certainWrites(shape, startsFor('insert'))) {
      const insert = fieldsOf(tree, 'InsertStmt');
      if (insert === undefined || mayBeIdle(insert)) continue;
      const key = keys.find((each) => each.table === write.relation && isGiven(graph, each, write.sets));
      if (key !== undefined) return { trigger, child: graph.get('table', key.table), key };
    }
  }
  return undefined;
});

function holds(graph: SchemaGraph, key: EntityOf<'foreignKey'>): boolean {
  if (!key.isEnforced || key.parent !== null || key.columns.length !== 1 || graph.isDoubtful(key, ['constraints']))
    return false;
  const refused = surelyRefused(graph, key.table);
  const [column] = key.columns.map((id) => graph.get('column', id));
  const child = graph.get('table', key.table);
  if (column === undefined || !refused.has('delete') || isRewritten(graph, child, 'insert')) return false;
  if (graph.isDoubtful(child, ['triggers'])) return false;
  if (key.onDelete === 'set null' || key.onDelete === 'set default') return refused.has('update');
  return refused.has('update') || !isNullable(graph, column);
}

/** Does the new row below have the new row's own key? */
function isGiven(
  graph: SchemaGraph,
  { columns, referencedColumns }: EntityOf<'foreignKey'>,
  sets: readonly SetColumn[],
): boolean {
  const set = sets.find(({ column }) => column === columns[0]);
  const [row, name, more] = stringsOf(fieldsOf(unwrapped(set?.value ?? undefined), 'ColumnRef')?.fields);
  const [referred] = referencedColumns;
  return row === 'new' && more === undefined && referred !== undefined && graph.get('column', referred).name === name;
}
