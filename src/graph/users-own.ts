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
  if (isPartitionTemplate(graph, parent ?? entity)) return false;
  // Every schema the platform made is its own, but for `public`: that one is made for the user.
  return schema === undefined || schema === 'public' || graph.global('schema', schema)?.origin.from !== 'platform';
}

/** pg_partman makes one in its own schema for each parent; it never holds rows, and new partitions are made after it. */
function isPartitionTemplate(graph: SchemaGraph, entity: Entity): boolean {
  return entity.kind === 'table' && entity.name.name.startsWith('template_') && graph.schemaOf(entity) === 'partman';
}
