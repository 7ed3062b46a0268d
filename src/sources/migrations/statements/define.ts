import type { DefineStmt } from '@pgsql/types';
import type { ReplayContext } from '../context.ts';
import { createAggregate } from './create-aggregate.ts';
import { createBaseType } from './create-base-type.ts';
import { createMinorObject } from './create-minor-object.ts';
import { createOperator } from './create-operator.ts';

/** CREATE AGGREGATE, OPERATOR, TYPE, COLLATION and TEXT SEARCH …, which the grammar gives as one statement. */
export function define(stmt: DefineStmt, context: ReplayContext): void {
  switch (stmt.kind) {
    case 'OBJECT_AGGREGATE':
      createAggregate(stmt, context);
      return;
    case 'OBJECT_OPERATOR':
      createOperator(stmt, context);
      return;
    case 'OBJECT_TYPE':
      createBaseType(stmt, context);
      return;
    default:
      createMinorObject(stmt, context);
  }
}
