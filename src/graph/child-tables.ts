import type { EntityId } from './entity-id.ts';
import type { SchemaGraph } from './schema-graph.ts';

/** The tables with a foreign key to one table; the keys of partitions count as their parent's. */
export interface ChildTables {
  readonly all: ReadonlySet<EntityId>;
  /** Those of which rows go when a row of the parent is deleted. */
  readonly cascading: ReadonlySet<EntityId>;
}

const known = new WeakMap<SchemaGraph, Map<EntityId, ChildTables>>();

/** Ask finished graphs only: the answer is kept, since every table of a schema may have a key to the same tenant. */
export function childTables(graph: SchemaGraph, parent: EntityId): ChildTables {
  const byParent = known.get(graph) ?? new Map<EntityId, ChildTables>();
  known.set(graph, byParent);
  const found = byParent.get(parent);
  if (found) return found;
  const keys = graph.referencedBy(parent).filter((each) => each.parent === null);
  const children = {
    all: new Set(keys.map((each) => each.table)),
    cascading: new Set(keys.filter((each) => each.onDelete === 'cascade').map((each) => each.table)),
  };
  byParent.set(parent, children);
  return children;
}
