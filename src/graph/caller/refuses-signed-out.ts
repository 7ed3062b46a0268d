import type { EntityOf } from '../entities/index.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { knownOfCaller } from './known-callers.ts';

/** Does each call of whoever is not signed in end in an error? False as well where that cannot be told. */
export function refusesSignedOut(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  const shape = routineShape(graph, routine);
  return certainRun(shape, knownOfCaller(graph, shape, 'nobody')).end?.kind === 'raises';
}
