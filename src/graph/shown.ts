import type { Entity } from './entities/index.ts';
import { restsOnMissingColumn } from './missing-columns.ts';
import type { SchemaGraph } from './schema-graph.ts';
import { isUsersOwn } from './users-own.ts';

/** Is the entity the user's to answer for: made by the user, and neither only assumed nor on what is not there? */
export function isShown(entity: Entity, graph: SchemaGraph): boolean {
  return entity.isAssumed !== true && isUsersOwn(graph, entity) && !restsOnMissingColumn(graph, entity);
}
