import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { readOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { bodyStatements } from './body-tree.ts';

/** The names of the temporary tables that a body itself makes, also by a constant text that it EXECUTEs. */
export const ownTemporaryTables = readOnce(
  (routine: EntityOf<'function'>): ReadonlySet<string> =>
    new Set(bodyStatements(routine).flatMap(({ tree }) => temporaryTable(tree) ?? [])),
);

/** CREATE TEMP TABLE, also AS a query, and the SELECT INTO TEMP of an SQL body. */
export function temporaryTable(tree: Node): string | undefined {
  const into = fieldsOf(tree, 'CreateTableAsStmt')?.into ?? fieldsOf(tree, 'SelectStmt')?.intoClause;
  const relation = fieldsOf(tree, 'CreateStmt')?.relation ?? into?.rel;
  const isTemporary = relation?.relpersistence === 't' || relation?.schemaname === 'pg_temp';
  return isTemporary ? relation?.relname : undefined;
}
