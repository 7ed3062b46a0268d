import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** REFERENCING NEW TABLE AS …: what the triggers that call the function name so goes before any relation, also before a temporary one. */
export function transitionTables(graph: SchemaGraph, { id }: EntityOf<'function'>): ReadonlySet<string> {
  const triggers = graph.dependentsOfKind(id, 'trigger');
  return new Set(triggers.flatMap(({ oldTable, newTable }) => [oldTable ?? [], newTable ?? []].flat()));
}
