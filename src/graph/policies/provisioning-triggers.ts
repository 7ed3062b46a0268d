import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../index-keys.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A trigger that makes a row of a table for each new row of another. */
export interface Provisioning {
  readonly trigger: EntityOf<'trigger'>;
  /** The column that names the other row, and is unique. */
  readonly key: EntityId;
}

/** The row triggers of other tables that, whatever happens, put one row with a unique column made from NEW into this table. */
export function rowsProvisionedBy(graph: SchemaGraph, table: EntityId): readonly Provisioning[] {
  const writers = writesTo(graph, table).flatMap(({ holder, write }) =>
    holder.kind === 'function' && write.kind === 'insert' ? [holder] : [],
  );
  return [...new Set(writers)].flatMap((routine) => {
    const inserts = routineShape(graph, routine).writes.filter(
      ({ write, isConditional, loop }) =>
        write.kind === 'insert' && write.relation === table && !isConditional && loop === null,
    );
    const keys = inserts.flatMap(({ write }) =>
      write.sets.flatMap((set) => (isUniqueFromNew(graph, set) ? [set.column] : [])),
    );
    const [key] = keys.flatMap((each) => each ?? []);
    if (key === undefined) return [];
    return graph.dependentsOfKind(routine.id, 'trigger').flatMap((trigger): readonly Provisioning[] => {
      const { relation, events, level, enabled, when } = trigger;
      const isEach = level === 'row' && events.includes('insert') && enabled !== 'disabled' && when === null;
      return isEach && relation !== table ? [{ trigger, key }] : [];
    });
  });
}

function isUniqueFromNew(graph: SchemaGraph, { column, value }: SetColumn): boolean {
  if (column === null || value === null) return false;
  return (
    anyNode(value, (node) => stringsOf(fieldsOf(node, 'ColumnRef')?.fields)[0] === 'new') &&
    isUniqueAlone(graph, graph.get('column', column))
  );
}
