import type { EntityOf } from '../graph/entities/index.ts';
import type { Origin } from '../graph/origin.ts';
import { routineDeeds } from '../graph/query-shapes/routine-deeds.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { andList, brief } from './prose.ts';

/** What a routine does, as a verb of a sentence: `writes to orders and items`, `reads orders`, `runs`. */
export function deedsOf(graph: SchemaGraph, routine: EntityOf<'function'>): string {
  const { writes, reads } = routineDeeds(graph, routine);
  const names = (ids: typeof writes) =>
    ids.flatMap((id) => {
      const entity = graph.find(id);
      return entity !== undefined && 'name' in entity && typeof entity.name === 'object' ? [brief(entity.name)] : [];
    });
  if (writes.length > 0) return `writes to ${andList(names(writes), 3)}`;
  return reads.length > 0 ? `reads ${andList(names(reads), 3)}` : 'runs';
}

/** Where a finding about a routine's body points: to the CREATE OR REPLACE that gave it the body it has. */
export function withBodyPlace(routine: EntityOf<'function'>): {
  readonly entity: EntityOf<'function'>;
  readonly origin?: Origin;
} {
  const { body } = routine.setBy;
  return { entity: routine, ...(body === undefined ? {} : { origin: body }) };
}
