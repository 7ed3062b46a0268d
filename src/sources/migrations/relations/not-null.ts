import type { EntityOf } from '../../../graph/entities/index.ts';
import type { Origin } from '../../../graph/origin.ts';
import type { ReplayContext } from '../context.ts';
import { childrenOf } from './children.ts';
import { chooseConstraintName } from './object-name.ts';

type Column = EntityOf<'column'>;
export type WithColumns = EntityOf<'table' | 'foreignTable'>;

export function notNullName(
  context: ReplayContext,
  table: { readonly schema: string; readonly name: string },
  column: string,
  others?: ReadonlySet<string>,
): string {
  return chooseConstraintName(context, table.schema, [table.name, column, 'not_null'], others);
}

interface Wanted {
  readonly name?: string | undefined;
  readonly noInherit?: boolean;
  readonly only?: boolean;
  readonly origin: Origin;
}

/** SET NOT NULL, ADD … NOT NULL, and what a new primary key does to its columns; children get the constraint under the same name. */
export function setNotNull(context: ReplayContext, table: WithColumns, column: Column, wanted: Wanted): void {
  if (column.notNull) {
    if (wanted.name !== undefined && column.notNullName !== null && wanted.name !== column.notNullName)
      context.refuse(
        `cannot create not-null constraint "${wanted.name}" on column "${column.name}" of table "${table.name.name}": a not-null constraint named "${column.notNullName}" already exists`,
      );
    return;
  }
  const name = wanted.name ?? notNullName(context, table.name, column.name);
  context.builder.alter(column, { notNull: true, notNullName: name }, context.by, wanted.origin);
  if (wanted.noInherit || table.kind !== 'table') return;
  const children = childrenOf(context.graph, table.id);
  if (wanted.only && children.length > 0 && table.partitionKey === null)
    context.refuse('constraint must be added to child tables too');
  for (const child of children) {
    const below = context.graph.column(child.id, column.name);
    if (below) setNotNull(context, child, below, { ...wanted, name: below.notNull ? undefined : name, only: false });
  }
}

/** DROP NOT NULL, or DROP CONSTRAINT of it: from this table, and from the children that only inherited it. */
export function dropNotNull(context: ReplayContext, table: WithColumns, column: Column, origin: Origin): void {
  if (!column.notNull) return;
  const { graph, builder, by } = context;
  if (graph.primaryKey(table.id)?.columns.includes(column.id))
    context.refuse(`column "${column.name}" is in a primary key`);
  if (column.identity !== null)
    context.refuse(`column "${column.name}" of relation "${table.name.name}" is an identity column`);
  const before = column.notNullName;
  builder.alter(column, { notNull: false, notNullName: null }, by, origin);
  for (const child of childrenOf(graph, table.id)) {
    const below = graph.column(child.id, column.name);
    if (below?.notNull && below.notNullName === before) dropNotNull(context, child, below, origin);
  }
}
