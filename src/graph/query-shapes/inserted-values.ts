import type { InsertStmt, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';

/**
 * The columns that an INSERT gives, each with its values row by row; without values where they come from a query, or are defaults. Where it
 * lists no columns, these are the first of the table's.
 */
export function insertedValues(
  { cols, selectStmt }: InsertStmt,
  columns: readonly { readonly name: string }[],
): ReadonlyMap<string, readonly Node[]> {
  if (selectStmt === undefined) return new Map();
  const rows =
    fieldsOf(selectStmt, 'SelectStmt')?.valuesLists?.map((each) => fieldsOf(each, 'List')?.items ?? []) ?? [];
  const first = columns.slice(0, rows[0]?.length ?? columns.length);
  const names = cols?.map((each) => fieldsOf(each, 'ResTarget')?.name ?? '') ?? first.map(({ name }) => name);
  return new Map(names.map((name, at) => [name, rows.flatMap((row) => row[at] ?? [])]));
}
