import { walk } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The fields of NEW and OLD that the trigger's table lacks, and that stand in the graph only because some statement named them. */
export function assumedFields(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  relation: EntityId,
): readonly string[] {
  if (graph.find(relation)?.isAssumed === true) return [];
  const names = new Set<string>();
  for (const { tree } of routineShape(graph, routine).expressions)
    walk(tree, (_, node) => {
      const field = rowField(node);
      if (field !== undefined && graph.column(relation, field.name)?.isAssumed === true) names.add(field.name);
      return undefined;
    });
  return [...names];
}
