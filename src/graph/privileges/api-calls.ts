import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { mayExecute, mayUseSchema } from './privilege-questions.ts';
import type { Grantee } from './privileges.ts';

/** A client role that may call a function, as settings name it; PUBLIC as `public`. */
export interface ApiCaller {
  readonly name: string;
  readonly role: Grantee;
}

const TRIGGERS = new Set(['trigger', 'event_trigger']);

/** The client roles that may execute a function, whatever of its schema. */
export function clientsExecuting(
  graph: SchemaGraph,
  fn: EntityOf<'function'>,
  clientRoles: readonly string[],
): readonly ApiCaller[] {
  return clientRoles.flatMap((name): readonly ApiCaller[] => {
    const role = name === 'public' ? name : graph.global('role', name)?.id;
    return role !== undefined && mayExecute(graph, role, fn) ? [{ name, role }] : [];
  });
}

/**
 * The client roles that may call a function through the API (PostgREST serves plain functions of the exposed schemas, no
 * procedures; what returns `trigger` nobody can call). PUBLIC is left out where a listed role may, as every role is in it.
 */
export function apiCallers(
  graph: SchemaGraph,
  fn: EntityOf<'function'>,
  {
    clientRoles,
    exposedSchemas,
  }: { readonly clientRoles: readonly string[]; readonly exposedSchemas: readonly string[] },
): readonly ApiCaller[] {
  if (fn.routine !== 'function' || !exposedSchemas.includes(fn.name.schema) || isTriggerFunction(fn)) return [];
  const schema = graph.global('schema', fn.name.schema);
  const all = clientsExecuting(graph, fn, clientRoles).filter(
    ({ role }) => schema === undefined || mayUseSchema(graph, role, schema),
  );
  const roles = all.filter(({ role }) => role !== 'public');
  return roles.length > 0 ? roles : all;
}

export function isTriggerFunction({ returns }: EntityOf<'function'>): boolean {
  return returns !== null && returns.name.schema === 'pg_catalog' && TRIGGERS.has(returns.name.name);
}
