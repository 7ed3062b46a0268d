import type { CopyStmt, DeleteStmt, InsertStmt, MergeStmt, TruncateStmt, UpdateStmt } from '@pgsql/types';
import type { EntityId } from '../../../graph/entity-id.ts';
import { unmetConflict } from '../../../graph/keys/conflict-target.ts';
import { missingValue } from '../../../graph/nulls/missing-values.ts';
import { orphanSeed } from '../../../graph/orphan-seeds.ts';
import { checkFailedByInsert } from '../../../graph/values/failed-check.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import { isBuckets } from '../buckets.ts';
import { followCalls } from '../called-routines.ts';
import type { ReplayContext } from '../context.ts';
import { deleteBuckets, insertBuckets, updateBuckets } from './buckets.ts';

/** Rows looked at of an INSERT … VALUES: they name the same things over and over. */
const ROWS_READ = 20;

/** INSERT: of no effect on the schema, but it needs what it names; rows of storage.buckets are part of a schema. */
export function insert(stmt: InsertStmt, context: ReplayContext): void {
  const select = fieldsOf(stmt.selectStmt, 'SelectStmt');
  const rows = select?.valuesLists;
  const read =
    rows && rows.length > ROWS_READ
      ? { ...stmt, selectStmt: { SelectStmt: { ...select, valuesLists: rows.slice(0, ROWS_READ) } } }
      : stmt;
  context.checkNames({ InsertStmt: read });
  refuseInsert(stmt, context);
  if (isBuckets(stmt.relation, context)) insertBuckets(stmt, context);
  const table = stmt.relation && context.lookup(stmt.relation);
  if (table?.kind === 'table') context.listed.insert(table, stmt, context);
  if (select?.fromClause) followCalls({ SelectStmt: select }, false, context);
}

/** Of an INSERT whose rows are written out, what refuses it whatever other rows there are. */
function refuseInsert(stmt: InsertStmt, context: ReplayContext): void {
  const { relation, onConflictClause } = stmt;
  const table = relation && context.lookup(relation);
  // In a routine that is called, something else may end it first: what it does is broken-function's.
  if (table === undefined || context.running.fixedPlace !== undefined) return;
  // A column that is not there is all that the server says of it.
  if (stmt.cols?.some((each) => !isThere(table.id, fieldsOf(each, 'ResTarget')?.name, context))) return;
  const unmet = onConflictClause && unmetConflict(context.graph, table.id, onConflictClause);
  if (unmet) context.refuse(unmet.message, onConflictClause.location ?? relation?.location);
  const missing = missingValue(context.graph, table.id, stmt);
  if (missing !== undefined && !missing.mayBeIdle) context.refuse(missing.message, relation?.location);
  const failed = checkFailedByInsert(context.graph, table.id, stmt);
  if (failed !== undefined) context.refuse(failed.message, relation?.location);
  if (table.kind !== 'table' || context.running.statement?.within !== null) return;
  const orphan = orphanSeed(context.graph, table, stmt, (each) => context.filled.mayHoldRows(each, context));
  if (orphan !== undefined) context.refuse(orphan, relation?.location);
}

function isThere(relation: EntityId, name: string | undefined, { graph }: ReplayContext): boolean {
  const column = name === undefined ? undefined : graph.column(relation, name);
  return column !== undefined && column.isAssumed !== true;
}

export function update(stmt: UpdateStmt, context: ReplayContext): void {
  context.checkNames({ UpdateStmt: stmt });
  if (isBuckets(stmt.relation, context)) updateBuckets(stmt, context);
}

export function deleteFrom(stmt: DeleteStmt, context: ReplayContext): void {
  context.checkNames({ DeleteStmt: stmt });
  if (isBuckets(stmt.relation, context)) deleteBuckets(stmt, context);
}

export function merge(stmt: MergeStmt, context: ReplayContext): void {
  context.checkNames({ MergeStmt: stmt });
}

export function copy(stmt: CopyStmt, context: ReplayContext): void {
  if (stmt.relation) context.needed(stmt.relation);
}

export function truncate(stmt: TruncateStmt, context: ReplayContext): void {
  for (const each of stmt.relations ?? []) if ('RangeVar' in each) context.needed(each.RangeVar);
}
