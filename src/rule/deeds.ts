import type { EntityOf } from '../graph/entities/index.ts';
import type { EntityId } from '../graph/entity-id.ts';
import { definitionsIn } from '../graph/query-shapes/definitions-in.ts';
import { routineDeeds, writesThrough } from '../graph/query-shapes/routine-deeds.ts';
import { routineShape } from '../graph/query-shapes/routine-shape.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { WriteTo } from '../graph/triggers/trigger-deeds.ts';
import { andList, brief, relationName } from './prose.ts';

/**
 * What a routine does, as a verb of a sentence: `writes to orders and items`, `deletes from notifications`, `writes to orders through close_day()`, `reads orders`, `runs CREATE TABLE`, `runs`.
 * @param isTold which of the relations that it reads are named, where there are such
 */
export function deedsOf(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  isTold: (relation: EntityId) => boolean = () => true,
): string {
  const { writes, writesUnknown, reads } = routineDeeds(graph, routine);
  const names = (ids: typeof writes) => ids.map((id) => relationName(graph, id));
  const written = [...names(writes), ...writesUnknown];
  if (written.length > 0) return `${onlyDeletes(graph, routine) ? 'deletes from' : 'writes to'} ${andList(written, 3)}`;
  const below = writesThrough(graph, routine);
  if (below.writes.length > 0) {
    const functions = below.through.map(({ name }) => `${brief(name)}()`);
    return `writes to ${andList(names(below.writes), 3)} through ${andList(functions, 3)}`;
  }
  const defined = definitionsIn(routine);
  if (defined.length > 0) return `runs ${andList(defined, 3)}`;
  const told = reads.filter(isTold);
  return reads.length > 0 ? `reads ${andList(names(told.length > 0 ? told : reads), 3)}` : 'runs';
}

function onlyDeletes(graph: SchemaGraph, routine: EntityOf<'function'>): boolean {
  const kinds = routineShape(graph, routine).queries.flatMap(({ writes }) => writes.map(({ kind }) => kind));
  return kinds.every((kind) => kind === 'delete' || kind === 'truncate');
}

/** What it writes, as verbs of a sentence: `adds to orders and deletes from items`. */
export function writesText(graph: SchemaGraph, writes: readonly WriteTo[]): string {
  const done = writes.map(({ kind, relation }) => {
    const name = relationName(graph, relation);
    if (kind === 'insert') return `adds to ${name}`;
    return kind === 'update' ? `changes ${name}` : `deletes from ${name}`;
  });
  return andList([...new Set(done)], 3);
}
