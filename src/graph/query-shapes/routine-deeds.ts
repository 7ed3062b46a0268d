import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { mayBeMadeInBody } from '../failures/temporary-tables.ts';
import type { SchemaGraph } from '../schema-graph.ts';
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
