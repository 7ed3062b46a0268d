import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { mayBeMadeInBody } from '../failures/temporary-tables.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { calledBy } from './routine-calls.ts';
import { routineShape } from './routine-shape.ts';

/** The relations that the own statements of a routine touch, each once; what is written is not listed as read. */
export interface RoutineDeeds {
  readonly writes: readonly EntityId[];
  readonly reads: readonly EntityId[];
  /** What is written that nothing known has the name of, as written. */
  readonly writesUnknown: readonly string[];
}

export function routineDeeds(graph: SchemaGraph, routine: EntityOf<'function'>): RoutineDeeds {
  const { queries } = routineShape(graph, routine);
  const writes = new Set(queries.flatMap((query) => query.writes.flatMap((write) => write.relation ?? [])));
  const sources = queries.flatMap((query) => query.sources.map((source) => source.relation));
  const unknown = queries.flatMap((query) =>
    query.writes.flatMap(({ relation, name }) => (relation === null ? [name] : [])),
  );
  const writesUnknown = [...new Set(unknown)].filter((name) => !mayBeMadeInBody(graph, name));
  return { writes: [...writes], writesUnknown, reads: [...new Set(sources)].filter((each) => !writes.has(each)) };
}

/** What the routine has written by functions of the user's that it calls, and by which of them. */
export interface DeedsThrough {
  readonly writes: readonly EntityId[];
  readonly through: readonly EntityOf<'function'>[];
}

/** With the same rights: what runs as somebody else is not followed. */
export function writesThrough(graph: SchemaGraph, routine: EntityOf<'function'>): DeedsThrough {
  const found = calledAlike(graph, routine).map((called) => ({
    called,
    writes: writesBelow(graph, called, new Set([routine.id])),
  }));
  const writing = found.filter(({ writes }) => writes.length > 0);
  return {
    writes: [...new Set(writing.flatMap(({ writes }) => writes))],
    through: writing.map(({ called }) => called),
  };
}

/** Its own writes, and those of what it calls in turn. */
function writesBelow(graph: SchemaGraph, routine: EntityOf<'function'>, seen: Set<EntityId>): readonly EntityId[] {
  if (seen.has(routine.id)) return [];
  seen.add(routine.id);
  const own = routineDeeds(graph, routine).writes;
  return [...own, ...calledAlike(graph, routine).flatMap((called) => writesBelow(graph, called, seen))];
}

function calledAlike(graph: SchemaGraph, routine: EntityOf<'function'>): readonly EntityOf<'function'>[] {
  return calledBy(graph, routine).filter(({ security, owner }) => security === 'invoker' || owner === routine.owner);
}
