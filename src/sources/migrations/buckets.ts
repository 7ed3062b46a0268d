import type { Node, RangeVar } from '@pgsql/types';
import type { EntityOf } from '../../graph/entities/index.ts';
import { parseBoolean } from '../../sql/def-elem.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { ReplayContext } from './context.ts';

export type Bucket = EntityOf<'bucket'>;

/** Whether the statement's target is Supabase's storage.buckets. */
export function isBuckets(range: RangeVar | undefined, context: ReplayContext): boolean {
  if (range?.relname !== 'buckets') return false;
  const found = context.lookup(range);
  return found?.kind === 'table' && found.name.schema === 'storage';
}

/** A constant's text; null for NULL, undefined for anything computed. */
export function constantText(node: Node | undefined): string | null | undefined {
  const constant = fieldsOf(fieldsOf(node, 'TypeCast')?.arg ?? node, 'A_Const');
  if (constant === undefined) return undefined;
  if (constant.isnull === true) return null;
  if (constant.boolval) return constant.boolval.boolval === true ? 'true' : 'false';
  if (constant.ival) return String(constant.ival.ival ?? 0);
  return constant.sval?.sval ?? constant.fval?.fval;
}

/** The value for `public`; null where it is computed. DEFAULT and NULL mean not public. */
export function publicOf(node: Node | undefined): boolean | null {
  if (node === undefined || 'SetToDefault' in node) return false;
  const text = constantText(node);
  return text === undefined ? null : text === null ? false : (parseBoolean(text) ?? null);
}

/** The buckets a WHERE clause selects: by id or name, with = or IN or = ANY. Undefined where it says something else. */
export function selectedBuckets(where: Node | undefined, context: ReplayContext): readonly Bucket[] | undefined {
  const all = [...context.graph.ofKind('bucket')];
  if (where === undefined) return all;
  const names = namesCompared(where);
  return names === undefined ? undefined : all.filter((bucket) => names.includes(bucket.name));
}

function namesCompared(where: Node): readonly string[] | undefined {
  const comparison = fieldsOf(where, 'A_Expr');
  const column = stringsOf(fieldsOf(comparison?.lexpr, 'ColumnRef')?.fields).at(-1);
  if (stringsOf(comparison?.name).join('') !== '=' || (column !== 'id' && column !== 'name')) return undefined;
  const list = fieldsOf(comparison?.rexpr, 'List')?.items ?? fieldsOf(comparison?.rexpr, 'A_ArrayExpr')?.elements ?? [];
  const values = (list.length > 0 ? list : comparison?.rexpr ? [comparison.rexpr] : []).map(constantText);
  const names = values.filter((value) => typeof value === 'string');
  return names.length === values.length && names.length > 0 ? names : undefined;
}
