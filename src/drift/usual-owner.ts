import { askedOnce } from '../graph/asked-once.ts';
import type { EntityId } from '../graph/entity-id.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { isUsersOwn } from '../graph/users-own.ts';

/** Who owns most of the user's objects: the role that runs the migrations, whatever it is called there. */
export const usualOwner = askedOnce((graph): EntityId | undefined => {
  const counts = new Map<EntityId, number>();
  for (const kind of ['table', 'view', 'function', 'enumType', 'sequence', 'materializedView'] as const) {
    for (const each of graph.ofKind(kind)) {
      if (isUsersOwn(graph, each)) counts.set(each.owner, (counts.get(each.owner) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0];
});

/** What the role is called on the other side: who runs the migrations there is its counterpart. */
export function roleThere(id: EntityId, graph: SchemaGraph, there: SchemaGraph): string {
  const counterpart = id === usualOwner(graph) ? usualOwner(there) : undefined;
  return counterpart === undefined ? graph.path(graph.get('role', id)) : there.path(there.get('role', counterpart));
}
