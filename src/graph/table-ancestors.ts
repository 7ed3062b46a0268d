import type { EntityOf } from './entities/index.ts';
import { isSecuredByEventTrigger } from './policies/row-security.ts';
import type { SchemaGraph } from './schema-graph.ts';

type Table = EntityOf<'table'>;

/** The tables that a table is a partition or an INHERITS child of, without theirs. */
export function parentTables(graph: SchemaGraph, { partitionOf, inherits }: Table): readonly Table[] {
  return [...(partitionOf === null ? [] : [partitionOf]), ...inherits].flatMap((id) => {
    const parent = graph.find(id);
    return parent?.kind === 'table' ? [parent] : [];
  });
}

/** Its partitions and INHERITS children, without theirs. */
export function childrenOf(graph: SchemaGraph, table: Table): readonly Table[] {
  return graph
    .dependentsOfKind(table.id, 'table')
    .filter((each) => each.partitionOf === table.id || each.inherits.includes(table.id));
}

/** The nearest table above that has row security on; it does not hold for who names this one. */
export function securedAncestor(graph: SchemaGraph, table: Table): Table | undefined {
  const seen = new Set<Table>();
  let level = parentTables(graph, table);
  while (level.length > 0) {
    const secured = level.find((each) => each.rowSecurity && graph.isKnown(each, 'rowSecurity'));
    if (secured) return secured;
    for (const each of level) seen.add(each);
    level = level.flatMap((each) => parentTables(graph, each)).filter((each) => !seen.has(each));
  }
  return undefined;
}

/**
 * Is row security off, with nothing that was to turn it on: no policy that waits for it, no event trigger at work when the
 * table was made? A statement that turned it off counts against any event trigger.
 */
export function isWithoutRowSecurity(graph: SchemaGraph, table: Table): boolean {
  return (
    !table.rowSecurity &&
    graph.isKnown(table, 'rowSecurity') &&
    table.persistence !== 'temporary' &&
    graph.ownedBy(table.id, 'policy').length === 0 &&
    (table.setBy.rowSecurity !== undefined || !isSecuredByEventTrigger(graph, table))
  );
}
