import type { EntityOf } from '../entities/index.ts';
import { highestRank, isRank } from '../lexicon/rank-names.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { statusLabels } from '../values/status-labels.ts';
import type { OwnRowWrite } from './own-row-writes.ts';

type Column = EntityOf<'column'>;

/** What a user may make of himself in a group. */
export interface FreeRank {
  readonly column: Column;
  /** The highest that is named: `'admin'`. */
  readonly value: string;
  /** Which group the row is about. */
  readonly group: Column;
}

/**
 * In a table that holds one row for each user and group (a key over both) and says with a list of values what he is there, which starts at less than an
 * administrator: is the choice left to the user? Of a row that is added, the group as well.
 */
export function freeRank(graph: SchemaGraph, table: EntityOf<'table'>, write: OwnRowWrite): FreeRank | undefined {
  const group = groupOf(graph, table, write);
  if (group === undefined || (write.command === 'insert' && !write.leavesFree(group))) return undefined;
  for (const column of graph.columns(table.id)) {
    const start = column.default === null ? null : constantText(column.default.tree);
    if (start === null || isRank(start)) continue;
    const labels = statusLabels(graph, column);
    const value = highestRank(labels);
    if (value !== undefined && labels.includes(start) && write.leavesFree(column)) return { column, value, group };
  }
  return undefined;
}

/** The other column of the key over it and the caller's, where it refers to the groups. */
function groupOf(graph: SchemaGraph, table: EntityOf<'table'>, { tied }: OwnRowWrite): Column | undefined {
  for (const { isUnique, predicate, keys } of graph.ownedBy(table.id, 'index')) {
    if (!isUnique || predicate !== null || keys.length !== 2) continue;
    const columns = keys.flatMap(({ column }) => column ?? []);
    const [other, another] = columns.filter((each) => !tied.includes(each));
    if (columns.length < 2 || other === undefined || another !== undefined) continue;
    const refers = graph
      .ownedBy(table.id, 'foreignKey')
      .some((each) => each.columns.length === 1 && each.columns.includes(other));
    if (refers) return graph.get('column', other);
  }
  return undefined;
}
