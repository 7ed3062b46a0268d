import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { type HeldQuery, queriesInSchema, writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isTriggerFunction } from './api-calls.ts';
import { mayExecute } from './privilege-questions.ts';
import type { Grantee } from './privileges.ts';

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

/** The functions without SECURITY DEFINER that change or delete its rows on their own, and which one of these roles runs: by calling them, or as a trigger. */
export function changedWithCallersRights(
  graph: SchemaGraph,
  table: EntityId,
  roles: readonly Grantee[],
): readonly EntityOf<'function'>[] {
  const found = writesTo(graph, table).flatMap(({ holder, write }) => {
    const isChange = write.kind !== 'insert' || write.onConflict?.action === 'update';
    if (!isChange || holder.kind !== 'function' || holder.security !== 'invoker') return [];
    return isTriggerFunction(holder) || roles.some((each) => mayExecute(graph, each, holder)) ? [holder] : [];
  });
  return [...new Set(found)];
}

function isCallers(holder: HeldQuery['holder']): boolean {
  if (holder.kind === 'function') return holder.security === 'invoker';
  if (holder.kind === 'view') return holder.securityInvoker;
  return holder.kind === 'policy';
}
