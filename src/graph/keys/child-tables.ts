import { askedOnce } from '../asked-once.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** The tables with a foreign key to one table; the keys of partitions count as their parent's. */
export interface ChildTables {
  readonly all: ReadonlySet<EntityId>;
  /** Those of which rows go when a row of the parent is deleted. */
  readonly cascading: ReadonlySet<EntityId>;
}

/** Kept, since every table of a schema may have a key to the same tenant. */
export const childTables = askedOnce((graph: SchemaGraph, parent: EntityId): ChildTables => {
  const keys = graph.referencedBy(parent).filter((each) => each.parent === null);
  return {
    all: new Set(keys.map((each) => each.table)),
    cascading: new Set(keys.filter((each) => each.onDelete === 'cascade').map((each) => each.table)),
  };
});
