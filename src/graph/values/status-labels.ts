import type { EntityOf } from '../entities/index.ts';
import { rowTests } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { storedType } from '../types/type-class.ts';

/** The values a status may have, as its enum or a CHECK lists them; empty where neither does. */
export function statusLabels(graph: SchemaGraph, column: EntityOf<'column'>): readonly string[] {
  const type = storedType(graph, column.type);
  const entity = type?.entity === undefined ? undefined : graph.find(type.entity);
  if (entity?.kind === 'enumType') return entity.labels;
  for (const { expression, isEnforced } of graph.ownedBy(column.relation, 'checkConstraint')) {
    const list = rowTests(expression).find((each) => each.column === column.id && each.kind === 'in');
    if (isEnforced && list !== undefined && list.constants.length > 0) return list.constants;
  }
  return [];
}
