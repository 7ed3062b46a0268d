import type { Entity } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';

/** An object as one side has it, in that side's graph. */
export interface Sided<E extends Entity = Entity> {
  readonly entity: E;
  readonly graph: SchemaGraph;
  /** The older of the two servers: what it does not know is not written. */
  readonly serverMajor: number;
}

/** A side without the object. */
export interface Lacking {
  readonly entity: null;
  readonly graph: SchemaGraph;
  readonly serverMajor: number;
}

export type Side = Sided | Lacking;

export function sideOf(entity: Entity | null, graph: SchemaGraph, serverMajor: number): Side {
  return entity === null ? { entity, graph, serverMajor } : { entity, graph, serverMajor };
}
