import type { EntityId } from '../entity-id.ts';
import type { RoutineShape } from '../query-shapes/routine-shape.ts';
import { shapesBelow } from '../query-shapes/shapes-below.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The relations that a body reads or writes, also by the functions it calls. */
export function tablesRead(graph: SchemaGraph, shape: RoutineShape): ReadonlySet<EntityId> {
  const queries = [...shapesBelow(graph, shape)].flatMap((each) => each.queries);
  return new Set(queries.flatMap(({ sources }) => sources.flatMap(({ relation }) => relation ?? [])));
}
