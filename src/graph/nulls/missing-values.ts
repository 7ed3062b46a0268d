import type { InsertStmt, Node, SelectStmt } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { insertedValues } from '../query-shapes/inserted-values.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { NULL } from '../query-shapes/query.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isRewritten } from '../triggers/write-guards.ts';
import { isUsersOwn } from '../users-own.ts';

/** A column that may not be NULL and that an INSERT gives no value. */
export interface MissingValue {
  /** As the server says it. */
  readonly message: string;
  /** The rows come from a query: there may be none. */
  readonly mayBeIdle: boolean;
}

/**
 * The first column, in the table's order, for which an INSERT fails with 23502: NOT NULL, left out or given as NULL, and neither a default
 * nor a trigger fills it (ExecConstraints() comes before ON CONFLICT is asked). Undefined where there is none, and where that is not certain.
 */
export function missingValue(graph: SchemaGraph, relation: EntityId, insert: InsertStmt): MissingValue | undefined {
  const table = graph.find(relation);
  if (table?.kind !== 'table' || table.isAssumed === true || !isUsersOwn(graph, table)) return undefined;
  if (
    graph.isDoubtful(table, ['existence', 'columns', 'constraints', 'triggers']) ||
    isRewritten(graph, table, 'insert')
  )
    return undefined;
  const columns = graph.columns(table.id);
  if (columns.some(({ isAssumed }) => isAssumed === true)) return undefined;
  const given = insertedValues(insert, columns);
  const missing = columns.find((each) => {
    const values = given.get(each.name);
    return needsValue(graph, each) && (values === undefined || values.some(isEmpty));
  });
  if (missing === undefined) return undefined;
  return {
    message: `null value in column "${missing.name}" of relation "${table.name.name}" violates not-null constraint`,
    mayBeIdle: mayBeIdle(insert),
  };
}

/** May a column not be NULL and is filled by nothing where an INSERT leaves it out? A domain may have a default of its own. */
export function needsValue(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  const { notNull, identity, generated, type } = column;
  const typeEntity = type?.entity === undefined ? undefined : graph.find(type.entity);
  const isFilled = column.default !== null || identity !== null || generated !== null || typeEntity?.kind === 'domain';
  return (
    notNull && !isFilled && graph.isKnown(column, 'notNull') && !graph.isDoubtful(column, ['columns', 'constraints'])
  );
}

/** SELECT of values alone; a function among them may give a set of them, and an empty one. */
function givesOneRow({
  fromClause,
  whereClause,
  havingClause,
  limitCount,
  limitOffset,
  larg,
  targetList,
}: SelectStmt): boolean {
  const limits = [fromClause, whereClause, havingClause, limitCount, limitOffset, larg];
  return limits.every((each) => each === undefined) && !anyNode(targetList, (node) => 'FuncCall' in node);
}

function isEmpty(value: Node): boolean {
  return 'SetToDefault' in value || constantOf(value) === NULL;
}

/** May there be no row to fail with? */
export function mayBeIdle({ selectStmt }: InsertStmt): boolean {
  const select = fieldsOf(selectStmt, 'SelectStmt');
  return select !== undefined && select.valuesLists === undefined && !givesOneRow(select);
}
