import type { EntityId } from '../entity-id.ts';
import { type HeldQuery, queriesInSchema } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Is the table named where the caller's own rights count: by a policy, a function without SECURITY DEFINER, a view with security_invoker? Without a privilege
 * on it each of these ends in an error (42501), and no longer finds nothing.
 */
export function isNamedWithCallersRights(graph: SchemaGraph, table: EntityId): boolean {
  return queriesInSchema(graph).some(
    ({ holder, query }) =>
      isCallers(holder) &&
      (query.sources.some(({ relation }) => relation === table) ||
        query.writes.some(({ relation }) => relation === table)),
  );
}

function isCallers(holder: HeldQuery['holder']): boolean {
  if (holder.kind === 'function') return holder.security === 'invoker';
  if (holder.kind === 'view') return holder.securityInvoker;
  return holder.kind === 'policy';
}
