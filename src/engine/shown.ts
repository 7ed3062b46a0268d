import type { Entity } from '../graph/entities/index.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';

/**
 * Is the entity the user's to answer for? Not what the platform provides or what lives in its schemas, not what an extension owns,
 * not what is only assumed. What users hang on a platform's table (policies and triggers on storage.objects, auth.users) is theirs.
 */
export function isShown(entity: Entity, graph: SchemaGraph): boolean {
  if (entity.origin.from === 'platform' || entity.extension !== undefined || entity.isAssumed) return false;
  if (entity.kind === 'policy' || entity.kind === 'trigger') return true;
  const parent = graph.parent(entity);
  if (parent?.extension !== undefined || parent?.origin.from === 'platform') return false;
  return !isPlatformSchema(graph.schemaOf(entity), graph);
}

/** Every schema the platform made is its own, but for `public`: that one is made for the user. */
function isPlatformSchema(schema: string | undefined, graph: SchemaGraph): boolean {
  if (schema === undefined || schema === 'public') return false;
  return graph.global('schema', schema)?.origin.from === 'platform';
}
