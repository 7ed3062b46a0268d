import type { Entity } from './entities/index.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * Did the user make the entity? Not what the platform provides or what lives in its schemas, not what an extension owns. What
 * users hang on a platform's table (policies and triggers on storage.objects, auth.users) is theirs.
 */
export function isUsersOwn(graph: SchemaGraph, entity: Entity): boolean {
  if (entity.origin.from === 'platform' || entity.extension !== undefined) return false;
  if (entity.kind === 'policy' || entity.kind === 'trigger') return true;
  const parent = graph.parent(entity);
  if (parent?.extension !== undefined || parent?.origin.from === 'platform') return false;
  const schema = graph.schemaOf(entity);
  // Every schema the platform made is its own, but for `public`: that one is made for the user.
  return schema === undefined || schema === 'public' || graph.global('schema', schema)?.origin.from !== 'platform';
}
