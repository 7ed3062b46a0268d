import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';

/** A field of the row that a trigger runs for, by the names that PL/pgSQL gives its states. */
export interface RowField {
  readonly row: 'new' | 'old';
  readonly name: string;
}

/** `new.status`, `old.status`; not a part of such a field. */
export function rowField(node: Node | undefined): RowField | undefined {
  const [row, name, more] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
  return (row === 'new' || row === 'old') && name !== undefined && more === undefined ? { row, name } : undefined;
}
