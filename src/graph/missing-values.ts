import type { InsertStmt, Node, SelectStmt } from '@pgsql/types';
import { fieldsOf } from '../sql/nodes.ts';
import { anyNode } from '../sql/walk.ts';
import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { constantOf } from './query-shapes/operand.ts';
import type { SchemaGraph } from './schema-graph.ts';
import { isUsersOwn } from './users-own.ts';

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
  if (graph.isDoubtful(table, ['existence', 'columns', 'triggers']) || mayFill(graph, table)) return undefined;
  const columns = graph.columns(table.id);
  if (columns.some(({ isAssumed }) => isAssumed === true)) return undefined;
  const given = givenValues(insert, columns);
  const missing = given && columns.find((each) => isNeeded(graph, each) && isLeftOut(each, given));
  if (given === undefined || missing === undefined) return undefined;
  return {
    message: `null value in column "${missing.name}" of relation "${table.name.name}" violates not-null constraint`,
    mayBeIdle: given.mayBeIdle,
  };
}

/** A trigger before the row is checked, a rule, a partition with triggers of its own. */
function mayFill(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  const isTriggered = graph
    .ownedBy(table.id, 'trigger')
    .some(({ events, timing, enabled }) => enabled !== 'disabled' && timing !== 'after' && events.includes('insert'));
  return isTriggered || table.partitionKey !== null || graph.ownedBy(table.id, 'rewriteRule').length > 0;
}

/** A domain may have a default of its own. */
function isNeeded(graph: SchemaGraph, column: EntityOf<'column'>): boolean {
  const { notNull, identity, generated, type } = column;
  const typeEntity = type?.entity === undefined ? undefined : graph.find(type.entity);
  const isFilled = column.default !== null || identity !== null || generated !== null || typeEntity?.kind === 'domain';
  return notNull && !isFilled && graph.isKnown(column, 'notNull');
}

interface Given {
  /** The names, and where there is one row its values. */
  readonly values: ReadonlyMap<string, Node | undefined>;
  readonly mayBeIdle: boolean;
}

function givenValues({ cols, selectStmt }: InsertStmt, columns: readonly EntityOf<'column'>[]): Given | undefined {
  const names = (cols ?? []).flatMap((each) => fieldsOf(each, 'ResTarget')?.name ?? []);
  if (selectStmt === undefined) return { values: new Map(), mayBeIdle: false };
  const select = fieldsOf(selectStmt, 'SelectStmt');
  const lists = select?.valuesLists?.map((each) => fieldsOf(each, 'List')?.items ?? []);
  const [row] = lists ?? [];
  const written = names.length > 0 ? names : columns.slice(0, row?.length ?? columns.length).map(({ name }) => name);
  const isOne = lists?.length === 1;
  const values = new Map(written.map((name, at) => [name, isOne ? row?.[at] : undefined]));
  return { values, mayBeIdle: lists === undefined && !(select !== undefined && givesOneRow(select)) };
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

function isLeftOut({ name }: EntityOf<'column'>, { values }: Given): boolean {
  if (!values.has(name)) return true;
  const value = values.get(name);
  return value !== undefined && ('SetToDefault' in value || constantOf(value) === 'null');
}
