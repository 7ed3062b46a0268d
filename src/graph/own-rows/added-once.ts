import type { EntityOf } from '../entities/index.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { mayAnyColumn, mayColumn } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { madeBefore } from './deleted-own.ts';
import type { OwnRowWrite } from './own-row-writes.ts';

type Column = EntityOf<'column'>;

/**
 * What is named like something paid for or granted, and is free in the one row that users add for themselves, although grants keep it from them when they
 * change the row: UPDATE is granted on other columns alone. None where a trigger has made the row before, and nobody may delete his own.
 */
export function freeWhenAdded(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  write: OwnRowWrite,
  names: NamePatterns,
): readonly Column[] {
  const { command, tied, access, leavesFree } = write;
  if (command !== 'insert' || !tied.some((id) => isUniqueAlone(graph, graph.get('column', id)))) return [];
  const isKept = (column: Column) =>
    access.every(({ role }) => mayAnyColumn(graph, role, table, 'w') && !mayColumn(graph, role, column, 'w'));
  const columns = graph
    .columns(table.id)
    .filter((each) => isNamed(each.name, names) && isKept(each) && leavesFree(each));
  if (columns.length === 0) return [];
  const made = madeBefore(graph, table, write);
  return made !== undefined && made.deletedBy === undefined ? [] : columns;
}
