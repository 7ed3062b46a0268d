import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { routineShape } from './routine-shape.ts';
import { userRoutines } from './schema-queries.ts';

/**
 * Does something call the routine with the rights of whoever runs the statement: a policy, view, default, CHECK, or a function
 * with the rights of its caller? Those who run such statements need EXECUTE on it.
 */
export function isCalledAsCaller(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  return (
    graph.dependents(routine.id).some(({ kind }) => kind !== 'trigger' && kind !== 'eventTrigger') ||
    userRoutines(graph).some(
      (each) => each.security === 'invoker' && routineShape(graph, each).calls.includes(routine.id),
    )
  );
}
