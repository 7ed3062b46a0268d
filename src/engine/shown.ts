import type { Entity } from '../graph/entities/index.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isUsersOwn } from '../graph/users-own.ts';

/** Is the entity the user's to answer for: made by the user, and not only assumed? */
export function isShown(entity: Entity, graph: SchemaGraph): boolean {
  return entity.isAssumed !== true && isUsersOwn(graph, entity);
}
