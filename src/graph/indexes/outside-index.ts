import { foldValue } from '../binding/questions/constant-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { referencedColumn } from '../own-column.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** Is the index one of some rows only, and a new row none of these, by the constants that it is given, or the defaults of what is left out? */
export function isOutsideIndex(
  graph: SchemaGraph,
  { predicate }: EntityOf<'index'>,
  sets: readonly SetColumn[],
): boolean {
  if (predicate === null) return false;
  const value = foldValue(predicate.tree, (node) => {
    const column = referencedColumn(node, predicate);
    if (column === undefined) return undefined;
    const given = sets.find((each) => each.column === column);
    if (given?.value != null) return foldValue(given.value) ?? undefined;
    return given === undefined || given.from === 'default' ? foldDefault(graph, column) : undefined;
  });
  return value === false;
}

/** A column without a default gets NULL. */
function foldDefault(graph: SchemaGraph, id: EntityId) {
  const { default: value, identity, generated } = graph.get('column', id);
  if (value === null) return identity === null && generated === null ? null : undefined;
  return foldValue(value.tree);
}
