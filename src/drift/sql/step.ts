import type { Entity } from '../../graph/entities/index.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import type { Sided } from './side.ts';

/** Statements that stay together in a script. */
export interface Step {
  readonly does: 'rename' | 'drop' | 'make' | 'change';
  /** What it is done to: what is dropped as it is there, all else as it will be. */
  readonly entity: Entity;
  readonly graph: SchemaGraph;
  readonly sql: readonly string[];
}

export function step(does: Step['does'], { entity, graph }: Sided, sql: readonly string[]): readonly Step[] {
  return sql.length === 0 ? [] : [{ does, entity, graph, sql }];
}
