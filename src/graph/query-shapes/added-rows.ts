import { fieldsOf } from '../../sql/nodes.ts';
import type { Query } from './query.ts';

/** Does an INSERT add rows by VALUES, and not what a query finds? */
export function addsARow({ node }: Query): boolean {
  const { valuesLists, fromClause, whereClause } =
    fieldsOf(fieldsOf(node, 'InsertStmt')?.selectStmt, 'SelectStmt') ?? {};
  return valuesLists !== undefined || (fromClause === undefined && whereClause === undefined);
}
