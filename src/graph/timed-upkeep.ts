import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../sql/nodes.ts';
import { anyNode } from '../sql/walk.ts';
import { resultKind } from './entities/function-entity.ts';
import type { EntityOf } from './entities/index.ts';
import { routineShape } from './query-shapes/routine-shape.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * Is the routine upkeep that whoever calls it can only bring forward: it takes nothing, gives no rows, and changes or deletes only rows whose
 * time has come (`expires_at < now()`)?
 */
export function isTimedUpkeep(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  const { isWhole, writes } = routineShape(graph, routine);
  if (!isWhole || writes.length === 0 || routine.parameters.length > 0 || !givesNoRows(routine)) return false;
  return writes.every(({ query }) => {
    const { whereClause } = fieldsOf(query.node, 'DeleteStmt') ?? fieldsOf(query.node, 'UpdateStmt') ?? {};
    return whereClause !== undefined && anyNode(whereClause, isNow);
  });
}

function givesNoRows(routine: EntityOf<'function'>): boolean {
  const kind = resultKind(routine);
  const isNumber = /^(?:int[248]|bool|numeric)$/.test(routine.returns?.name.name ?? '');
  return kind === 'void' || (kind === 'value' && isNumber && routine.returns?.isArray !== true);
}

/** The functions that give the time (docs 9.9.5). */
const NOW = new Set(['now', 'transaction_timestamp', 'statement_timestamp', 'clock_timestamp']);

function isNow(node: Node): boolean {
  if ('SQLValueFunction' in node) return /CURRENT_(?:DATE|TIME)|LOCALTIME/.test(node.SQLValueFunction.op ?? '');
  return NOW.has(stringsOf(fieldsOf(node, 'FuncCall')?.funcname).at(-1) ?? '');
}
