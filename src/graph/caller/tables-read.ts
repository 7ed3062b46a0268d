import type { EntityId } from '../entity-id.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

/** How deep functions that functions call are looked into for the tables they read. */
const MAX_DEPTH = 3;

/** Also by the functions it calls. */
export function tablesRead(graph: SchemaGraph, { queries, calls }: RoutineShape, depth = 0): ReadonlySet<EntityId> {
  const found = new Set(queries.flatMap(({ sources }) => sources.flatMap(({ relation }) => relation ?? [])));
  for (const id of depth < MAX_DEPTH ? calls : []) {
    const called = graph.find(id);
    if (called?.kind !== 'function' || !isUsersOwn(graph, called)) continue;
    for (const each of tablesRead(graph, routineShape(graph, called), depth + 1)) found.add(each);
  }
  return found;
}
