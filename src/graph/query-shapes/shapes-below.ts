import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { type RoutineShape, routineShape } from './routine-shape.ts';

/** How deep functions that functions call are looked into. */
const MAX_DEPTH = 3;

/** A body, and those of the user's functions that it calls, and of what these call in turn, each once. */
export function shapesBelow(graph: SchemaGraph, shape: RoutineShape): ReadonlySet<RoutineShape> {
  const found = new Set([shape]);
  let last: readonly RoutineShape[] = [shape];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const called = last.flatMap(({ calls }) =>
      calls.flatMap((id) => {
        const each = graph.find(id);
        return each?.kind === 'function' && isUsersOwn(graph, each) ? [routineShape(graph, each)] : [];
      }),
    );
    last = called.filter((each) => !found.has(each));
    for (const each of last) found.add(each);
  }
  return found;
}
