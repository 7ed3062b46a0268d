import type { Node } from '@pgsql/types';
import type { OutputColumn, QueryBinding } from '../../../graph/binding/binding.ts';
import { isSameType } from '../../../graph/binding/type-system.ts';
import type { Entity, EntityOf } from '../../../graph/entities/index.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import { stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { putOthersLast } from './column-order.ts';

/** The output columns of a view's query, the first ones renamed by its column list. Refuses what Postgres refuses. */
export function viewColumns(
  binding: QueryBinding,
  aliases: readonly Node[] | undefined,
  context: ReplayContext,
): readonly OutputColumn[] {
  const names = stringsOf(aliases);
  if (binding.columnsKnown && names.length > binding.columns.length)
    context.refuse('CREATE VIEW specifies more column names than columns');
  const columns = binding.columns.map((column, at) => ({ ...column, name: names[at] ?? column.name }));
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) context.refuse(`column "${name}" specified more than once`);
    seen.add(name);
  }
  return columns;
}

export function createViewColumns(
  relation: Entity,
  columns: readonly OutputColumn[],
  context: ReplayContext,
  from = 0,
): void {
  for (const [at, column] of columns.entries()) {
    const { name, type } = column;
    if (at < from) continue;
    context.builder.create(
      {
        kind: 'column',
        relation: relation.id,
        name,
        position: at + 1,
        type: type ?? null,
        notNull: false,
        notNullName: null,
        default: null,
        identity: null,
        generated: null,
        collation: collationOf(column, context),
        isInherited: false,
        acl: [],
      },
      context.by,
      context.graph.column(relation.id, name)?.id,
    );
  }
  putOthersLast(
    context,
    relation.id,
    columns.map((each) => each.name),
  );
}

/** A column that is only passed on keeps its collation; what a computed one has is not known. */
export function collationOf({ source }: OutputColumn, { graph }: ReplayContext): QualifiedName | null {
  const column = source === undefined ? undefined : graph.find(source.column);
  return column?.kind === 'column' ? column.collation : null;
}

/** checkViewColumns() (src/backend/commands/view.c): OR REPLACE may only add columns at the end. */
export function refuseChangedColumns(
  before: readonly EntityOf<'column'>[],
  after: readonly OutputColumn[],
  context: ReplayContext,
): void {
  if (after.length < before.length) context.refuse('cannot drop columns from view');
  for (const [at, column] of before.entries()) {
    const next = after[at];
    if (next === undefined) return;
    if (next.name !== column.name)
      context.refuse(`cannot change name of view column "${column.name}" to "${next.name}"`);
    const isKnown = column.type !== null && next.type !== undefined;
    if (isKnown && column.type?.isUnresolved !== true && next.type?.isUnresolved !== true) {
      if (column.type && next.type && !isSameType(column.type, next.type)) {
        const types = [column.type, next.type].map((type) => context.graph.typeName(type));
        context.refuse(`cannot change data type of view column "${column.name}" from ${types.join(' to ')}`);
      }
    }
  }
}
