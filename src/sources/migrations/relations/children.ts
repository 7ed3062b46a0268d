import type { EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';

type Table = EntityOf<'table'>;

/** Tables that inherit directly from this one, partitions included (pg_inherits), in the order they were made. */
export function childrenOf(graph: SchemaGraph, table: EntityId): readonly Table[] {
  return graph
    .dependentsOfKind(table, 'table')
    .filter((each) => each.partitionOf === table || each.inherits.includes(table))
    .sort((a, b) => a.id - b.id);
}

export function partitionsOf(graph: SchemaGraph, table: EntityId): readonly Table[] {
  return childrenOf(graph, table).filter((each) => each.partitionOf === table);
}

/** find_all_inheritors(): the table and everything below it, each once, parents first. */
export function withDescendants(graph: SchemaGraph, table: Table): readonly Table[] {
  const found = new Map<EntityId, Table>([[table.id, table]]);
  // Entries added while the loop runs are visited too: a Map keeps the order of insertion.
  for (const id of found.keys()) for (const child of childrenOf(graph, id)) found.set(child.id, child);
  return [...found.values()];
}

/** The tables it inherits from directly, its partitioned parent included. */
export function parentsOf(graph: SchemaGraph, table: Table): readonly Table[] {
  const ids = table.partitionOf === null ? table.inherits : [table.partitionOf];
  return ids.flatMap((id) => {
    const parent = graph.find(id);
    return parent?.kind === 'table' ? [parent] : [];
  });
}

/**
 * The tables below that have a part only because `table` has it: each of their parents that has it is `table` or one of them.
 * @param inherits whether a table has the part, and only inherited it
 */
export function inheritOnly(
  graph: SchemaGraph,
  table: EntityId,
  has: (table: EntityId) => boolean,
  inherits: (table: EntityId) => boolean,
): readonly Table[] {
  const found = new Map<EntityId, Table>();
  const isFromHere = (id: EntityId): boolean => id === table || found.has(id) || !has(id);
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const id of [table, ...found.keys()]) {
      for (const child of childrenOf(graph, id)) {
        const parents = parentsOf(graph, child);
        if (inherits(child.id) && parents.every((parent) => isFromHere(parent.id))) found.set(child.id, child);
      }
    }
  }
  return [...found.values()];
}
