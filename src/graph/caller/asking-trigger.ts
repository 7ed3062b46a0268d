import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { constantText } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { functionAsksCaller, sourceOf } from './caller-source.ts';

/** Does a trigger of the table look at who changes its rows, or can it not be read? */
export function hasAskingTrigger(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: 'insert' | 'update' | 'delete',
): boolean {
  return graph.ownedBy(table.id, 'trigger').some(({ enabled, events, function: id }) => {
    const called = id === null ? undefined : graph.find(id);
    const asks = called?.kind !== 'function' || asksForUser(graph, called);
    return enabled !== 'disabled' && events.includes(command) && asks;
  });
}

/** Does it ask which user calls? The role, and settings of the project's own, are the same for each of them. */
function asksForUser(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  if (functionAsksCaller(graph, routine) === false) return false;
  const { isWhole, expressions } = routineShape(graph, routine);
  return !isWhole || expressions.some((each) => anyNode(each.tree, (node) => isOfUser(graph, node, each)));
}

function isOfUser(graph: SchemaGraph, node: Node, bound: Bound): boolean {
  const source = sourceOf(graph, node, bound);
  if (source === undefined || source === 'role') return false;
  const { funcname, args } = fieldsOf(node, 'FuncCall') ?? {};
  if (source === 'claims') return writtenName(funcname).name !== 'role';
  return source !== 'setting' || (constantText(args?.[0]) ?? 'request.').startsWith('request.');
}
