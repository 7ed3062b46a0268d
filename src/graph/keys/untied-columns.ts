import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { isPolymorphic, tableNamedBy } from '../lexicon/named-table.ts';
import { standingTable } from '../standing-table.ts';
import { typeClass } from '../types/type-class.ts';
import { isUsersOwn } from '../users-own.ts';

type Column = EntityOf<'column'>;

/** By key, the integer columns that are named after its table and hold its values without a foreign key, as in a log: they have to be as wide as it is. */
export const untiedColumns = askedOnce((graph): ReadonlyMap<EntityId, readonly Column[]> => {
  const byKey = new Map<EntityId, Column[]>();
  for (const column of graph.ofKind('column')) {
    const table = standingTable(graph, column.relation);
    if (table === undefined || !isUsersOwn(graph, table)) continue;
    if (typeClass(graph, column.type) !== 'integer' || column.isInherited || column.generated !== null) continue;
    const isTied = graph.ownedBy(table.id, 'foreignKey').some(({ columns }) => columns.includes(column.id));
    if (isTied || isPolymorphic(graph, column)) continue;
    const named = tableNamedBy(graph, column);
    if (named !== undefined && named.table.id !== table.id) addTo(byKey, named.key.id, column);
  }
  return byKey;
});
