import type { EntityId } from '../../../graph/entity-id.ts';
import type { ReplayContext } from '../context.ts';

/** Positions count the columns there are, from 1, in the order they have now. */
export function closeUp({ graph, builder, by }: ReplayContext, relation: EntityId): void {
  graph.columns(relation).forEach((column, i) => {
    if (column.position !== i + 1) builder.renumber(column, i + 1, by);
  });
}

/** What statements said before of columns that the relation's definition does not have comes after those it has. */
export function putOthersLast(context: ReplayContext, relation: EntityId, declared: readonly string[]): void {
  const { graph, builder, by } = context;
  const own = declared.flatMap((name) => graph.column(relation, name) ?? []);
  const others = graph.columns(relation).filter((column) => !declared.includes(column.name));
  [...own, ...others].forEach((column, i) => {
    if (column.position !== i + 1) builder.renumber(column, i + 1, by);
  });
}
