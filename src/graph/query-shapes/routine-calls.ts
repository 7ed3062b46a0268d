import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { groupedBy } from '../grouping.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { routineShape } from './routine-shape.ts';
import { userRoutines } from './schema-queries.ts';

type Routine = EntityOf<'function'>;

/** The routines of the user's whose bodies call it, itself where it is recursive. */
export function callersOf(graph: SchemaGraph, routine: Routine): readonly Routine[] {
  return callersById(graph).get(routine.id) ?? [];
}

const callersById = askedOnce((graph) => {
  const calls = userRoutines(graph).flatMap((caller) =>
    routineShape(graph, caller).calls.map((called) => ({ caller, called })),
  );
  const byCalled = groupedBy(calls, ({ called }) => called);
  return new Map([...byCalled].map(([called, each]) => [called, each.map(({ caller }) => caller)]));
});

/** The routines of the user's that its body calls. */
export function calledBy(graph: SchemaGraph, routine: Routine): readonly Routine[] {
  return routineShape(graph, routine).calls.flatMap((id) => {
    const called = graph.find(id);
    return called?.kind === 'function' && isUsersOwn(graph, called) ? [called] : [];
  });
}

/** It and what it calls in turn, each once. */
export function runBy(graph: SchemaGraph, routine: Routine): readonly Routine[] {
  const found = new Set([routine]);
  // A set that grows while it is gone through is gone through to its end.
  for (const each of found) for (const called of calledBy(graph, each)) found.add(called);
  return [...found];
}
