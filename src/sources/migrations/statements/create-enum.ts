import type { AlterEnumStmt, CreateEnumStmt } from '@pgsql/types';
import { stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { neededType, newTypeName } from '../type-kinds.ts';

/** CREATE TYPE … AS ENUM. */
export function createEnum(stmt: CreateEnumStmt, context: ReplayContext): void {
  const { name, assumed } = newTypeName(stmt.typeName, context);
  const labels = stringsOf(stmt.vals);
  const twice = labels.find((label, at) => labels.indexOf(label) !== at);
  if (twice !== undefined) context.refuse('duplicate key value violates unique constraint "pg_enum_typid_label_index"');
  const acl = context.initialAcl('type', name.schema);
  context.builder.create({ kind: 'enumType', name, labels, owner: context.session.role, acl }, context.by, assumed);
}

/** ALTER TYPE … ADD VALUE and RENAME VALUE. */
export function alterEnum(stmt: AlterEnumStmt, context: ReplayContext): void {
  const type = neededType(stmt.typeName, 'enumType', context);
  if (type === undefined) return;
  const { oldVal, newVal = '', newValNeighbor } = stmt;
  if (type.labels.includes(newVal)) {
    if (oldVal === undefined && stmt.skipIfNewValExists === true) {
      context.skipped(type);
      return;
    }
    context.refuse(`enum label "${newVal}" already exists`);
  }
  const anchor = oldVal ?? newValNeighbor;
  const at = anchor === undefined ? type.labels.length : type.labels.indexOf(anchor);
  if (at === -1) context.refuse(`"${anchor}" is not an existing enum label`);
  const labels = [...type.labels];
  if (oldVal !== undefined) labels[at] = newVal;
  else labels.splice(newValNeighbor !== undefined && stmt.newValIsAfter === true ? at + 1 : at, 0, newVal);
  const renamed = renamedLabels(type.renamed ?? new Map(), oldVal, newVal);
  context.builder.alter(type, { labels, ...(renamed.size === 0 ? {} : { renamed }) }, context.by);
}

/** A constant in an expression is the label itself to Postgres, whatever it is called later. */
function renamedLabels(
  before: ReadonlyMap<string, string>,
  oldLabel: string | undefined,
  newLabel: string,
): ReadonlyMap<string, string> {
  const kept = [...before].filter(([label]) => label !== newLabel);
  if (oldLabel === undefined) return new Map(kept);
  return new Map([...kept.map(([from, to]) => [from, to === oldLabel ? newLabel : to] as const), [oldLabel, newLabel]]);
}
