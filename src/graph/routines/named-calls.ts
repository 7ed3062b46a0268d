import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * With how many arguments a routine calls what has that name; undefined where its text names it otherwise than in calls that could
 * be read (in a string for EXECUTE, say).
 */
export function namedCalls(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  name: string,
): readonly number[] | undefined {
  const mentions = (routine.body?.text ?? '').split(name).length - 1;
  if (mentions === 0) return [];
  const counts: number[] = [];
  for (const { tree } of routineShape(graph, routine).expressions)
    walk(tree, (_, node) => {
      const call = fieldsOf(node, 'FuncCall');
      if (call !== undefined && writtenName(call.funcname).name === name) counts.push(call.args?.length ?? 0);
      return undefined;
    });
  return counts.length < mentions ? undefined : counts;
}
