import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { callersOf } from './routine-calls.ts';

/**
 * Does something call the routine with the rights of whoever runs the statement: a policy, view, default, CHECK, or a function
 * with the rights of its caller? Those who run such statements need EXECUTE on it.
 */
export function isCalledAsCaller(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  return (
    graph.dependents(routine.id).some(({ kind }) => kind !== 'trigger' && kind !== 'eventTrigger') ||
    callersOf(graph, routine).some(({ security }) => security === 'invoker')
  );
}
