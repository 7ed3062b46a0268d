import type { Entity } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** By this an entity is known again in another graph: its kind, and what names it there. Ids say nothing there. */
export function entityKey(graph: SchemaGraph, entity: Entity): string {
  return `${entity.kind}\0${entityName(graph, entity)}`;
}

/** What names an entity among those of its kind: its path, and what Postgres overloads besides. */
export function entityName(graph: SchemaGraph, entity: Entity): string {
  const path = graph.path(entity);
  switch (entity.kind) {
    case 'operator': {
      const types = [entity.left, entity.right].map((type) => (type === null ? 'none' : graph.typeName(type)));
      return `${path}(${types.join(', ')})`;
    }
    case 'operatorClass':
      return `${path} using ${entity.method}`;
    case 'minorObject':
      return `${entity.object} ${path}`;
    default:
      return path;
  }
}
