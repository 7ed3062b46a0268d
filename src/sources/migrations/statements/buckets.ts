import type { DeleteStmt, InsertStmt, Node, UpdateStmt } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import { type Bucket, constantText, publicOf, selectedBuckets } from '../buckets.ts';
import type { ReplayContext } from '../context.ts';

/** The columns of storage.buckets in order, for an INSERT that names none (supabase/storage, migrations). */
const COLUMNS = ['id', 'name', 'owner', 'created_at', 'updated_at', 'public'];

/** INSERT INTO storage.buckets. */
export function insertBuckets(stmt: InsertStmt, context: ReplayContext): void {
  const select = fieldsOf(stmt.selectStmt, 'SelectStmt');
  const names = (stmt.cols ?? []).flatMap((each) => fieldsOf(each, 'ResTarget')?.name ?? []);
  const columns = names.length === 0 ? COLUMNS : names;
  const lists = select?.valuesLists?.map((each) => fieldsOf(each, 'List')?.items ?? []);
  const targets = (select?.targetList ?? []).flatMap((each) => fieldsOf(each, 'ResTarget')?.val ?? []);
  const rows = lists ?? (select?.fromClause === undefined && targets.length > 0 ? [targets] : []);
  const known = rows.filter((row) => typeof constantText(row[columns.indexOf('id')]) === 'string');
  if (rows.length === 0 || known.length < rows.length)
    context.notUnderstood('Which storage buckets this adds is computed when it runs.', undefined, {
      aspects: ['data'],
      reach: 'any',
    });
  // INSERT … SELECT … WHERE NOT EXISTS (…) is how a row is added only once.
  const isGuarded = select?.whereClause !== undefined;
  for (const row of known) insertRow(row, columns, stmt, isGuarded, context);
}

function insertRow(
  row: readonly Node[],
  columns: readonly string[],
  stmt: InsertStmt,
  isGuarded: boolean,
  context: ReplayContext,
): void {
  const name = constantText(row[columns.indexOf('id')]) ?? '';
  const isPublic = publicOf(row[columns.indexOf('public')]);
  const existing = context.graph.global('bucket', name);
  const conflict = stmt.onConflictClause;
  if (existing === undefined) context.builder.create({ kind: 'bucket', name, isPublic }, context.by);
  else if (conflict?.action === 'ONCONFLICT_UPDATE') {
    const value = assignedPublic(conflict.targetList, isPublic);
    if (value !== undefined) setPublic(existing, value, context);
  } else if (conflict === undefined && !isGuarded)
    context.refuse('duplicate key value violates unique constraint "buckets_pkey"', stmt.relation?.location);
}

export function updateBuckets(stmt: UpdateStmt, context: ReplayContext): void {
  const value = assignedPublic(stmt.targetList, null);
  if (value === undefined) return;
  const selected = selectedBuckets(stmt.whereClause, context);
  for (const bucket of selected ?? context.graph.ofKind('bucket'))
    setPublic(bucket, selected === undefined && bucket.isPublic !== value ? null : value, context);
}

export function deleteBuckets(stmt: DeleteStmt, context: ReplayContext): void {
  const selected = selectedBuckets(stmt.whereClause, context);
  if (selected === undefined)
    context.notUnderstood('Which storage buckets this takes away is computed when it runs.', undefined, {
      aspects: ['data'],
      reach: 'any',
    });
  for (const bucket of selected ?? []) context.builder.drop(bucket, context.by);
}

/** What SET gives `public`; undefined where it is not set. `excluded` is the value of the row that met a conflict. */
function assignedPublic(targets: readonly Node[] | undefined, excluded: boolean | null): boolean | null | undefined {
  const target = (targets ?? [])
    .flatMap((each) => fieldsOf(each, 'ResTarget') ?? [])
    .find((each) => each.name === 'public');
  if (target === undefined) return undefined;
  const column = stringsOf(fieldsOf(target.val, 'ColumnRef')?.fields);
  return column[0] === 'excluded' && column[1] === 'public' ? excluded : publicOf(target.val);
}

function setPublic(bucket: Bucket, isPublic: boolean | null, context: ReplayContext): void {
  if (bucket.isPublic !== isPublic) context.builder.alter(bucket, { isPublic }, context.by);
}
