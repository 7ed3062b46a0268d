import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { columnsNamed } from '../own-column.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';

/** By column, the functions whose bodies name it, read or write it, as far as they are read. */
export const namingRoutines = askedOnce((graph): ReadonlyMap<EntityId, readonly EntityOf<'function'>[]> => {
  const byColumn = new Map<EntityId, EntityOf<'function'>[]>();
  for (const routine of userRoutines(graph)) {
    const { expressions, queries } = routineShape(graph, routine);
    const named = new Set(expressions.flatMap((each) => [...columnsNamed(each)]));
    for (const { writes } of queries)
      for (const { sets } of writes) for (const { column } of sets) if (column !== null) named.add(column);
    for (const id of named) addTo(byColumn, id, routine);
  }
  return byColumn;
});
