import type { EntityOf } from '../entities/index.ts';
import { queriesInSchema } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isTriggerFunction } from './api-calls.ts';

/**
 * Can requests get at the rows of a table with the rights of whoever sends them? Its schema is one that the API serves (or that of Storage, which has an API
 * of its own), or what stands in such a schema does it for them: a view with security_invoker, a function without SECURITY DEFINER.
 */
export function isReachedOverApi(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  exposedSchemas: readonly string[],
): boolean {
  if (exposedSchemas.includes(table.name.schema) || table.name.schema === 'storage') return true;
  return queriesInSchema(graph).some(({ holder, query }) => {
    if (holder.kind === 'view') {
      if (!holder.securityInvoker) return false;
    } else if (holder.kind !== 'function' || holder.security !== 'invoker' || isTriggerFunction(holder)) return false;
    if (!exposedSchemas.includes(holder.name.schema)) return false;
    return (
      query.sources.some(({ relation }) => relation === table.id) ||
      query.writes.some(({ relation }) => relation === table.id)
    );
  });
}
