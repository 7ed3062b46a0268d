import type { Entity } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** By this an entity is known again in another graph: its kind, its path, and what Postgres overloads besides. Ids say nothing there. */
export function entityKey(graph: SchemaGraph, entity: Entity): string {
  return [entity.kind, ...identity(graph, entity)].join('\0');
}

function identity(graph: SchemaGraph, entity: Entity): readonly string[] {
  const path = graph.path(entity);
  switch (entity.kind) {
    case 'operator':
      return [path, ...[entity.left, entity.right].map((type) => (type === null ? '' : graph.typeName(type)))];
    case 'operatorClass':
      return [path, entity.method];
    case 'minorObject':
      return [path, entity.object];
    default:
      return [path];
  }
}
