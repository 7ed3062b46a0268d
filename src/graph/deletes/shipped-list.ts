import type { EntityOf } from '../entities/index.ts';
import { isSeeded } from '../history/seeded-tables.ts';
import type { Statement } from '../journal.ts';
import { isAccountTable, isAuthUsers, isReferenceList } from '../lexicon/table-roles.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { emptiedColumns } from './emptied-columns.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/**
 * Roles, languages, plans: does the key refer to a list that the migrations fill, or of which a default names a row? Deleting such a row is no
 * everyday operation, and must not take along what uses it.
 */
export function isShippedList(
  graph: SchemaGraph,
  key: ForeignKey,
  tenantColumns: readonly string[],
  statements: readonly Statement[],
): boolean {
  const parent = graph.get('table', key.referencedTable);
  const isNamedByDefault = key.columns.some((id) => constantText(graph.get('column', id).default?.tree) !== null);
  // Whether it is a list is asked last: that goes through all keys to the table, for each of them.
  if (parent.origin.from === 'platform' || !(isNamedByDefault || isSeeded(statements, parent))) return false;
  return isReferenceList(graph, parent, tenantColumns, (each) => isOfEntry(graph, each, statements));
}

/** A key of an entry of a list: to another such list (cities of countries), or to what the entry can do without, as its icon. Not to what it goes with. */
function isOfEntry(graph: SchemaGraph, key: ForeignKey, statements: readonly Statement[]): boolean {
  const parent = graph.get('table', key.referencedTable);
  if (isAuthUsers(parent.name) || isAccountTable(graph, parent)) return false;
  const isOptional = key.onDelete !== 'cascade' && emptiedColumns(graph, key).length > 0;
  return isOptional || isSeeded(statements, parent);
}
