import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { resultKind } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { isCurrentTime } from '../query-shapes/current-time.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Is the routine upkeep that whoever calls it can only bring forward: it takes nothing, gives no rows, and changes or deletes only rows whose
 * time has come (`expires_at < now()`)?
 */
export function isTimedUpkeep(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  const { isWhole, writes } = routineShape(graph, routine);
  if (!isWhole || writes.length === 0 || routine.parameters.length > 0 || !givesNoRows(routine)) return false;
  return writes.every(({ query }) => {
    const { whereClause } = fieldsOf(query.node, 'DeleteStmt') ?? fieldsOf(query.node, 'UpdateStmt') ?? {};
    return whereClause !== undefined && anyNode(whereClause, isCurrentTime);
  });
}

function givesNoRows(routine: EntityOf<'function'>): boolean {
  const kind = resultKind(routine);
  const isNumber = /^(?:int[248]|bool|numeric)$/.test(routine.returns?.name.name ?? '');
  return kind === 'void' || (kind === 'value' && isNumber && routine.returns?.isArray !== true);
}
