import type { ColumnDef, Constraint, CreateStmt, TableLikeClause } from '@pgsql/types';
import type { Origin } from '../../../graph/origin.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { elementEnd } from './element-places.ts';

/** The elements of CREATE TABLE in the order they are written. */
export type TableElement =
  | { readonly kind: 'column'; readonly node: ColumnDef; readonly origin: Origin }
  | { readonly kind: 'constraint'; readonly node: Constraint; readonly origin: Origin }
  | { readonly kind: 'like'; readonly node: TableLikeClause; readonly origin: Origin };

export function tableElements(node: CreateStmt, context: ReplayContext): readonly TableElement[] {
  return (node.tableElts ?? []).flatMap((each): TableElement[] => {
    const column = fieldsOf(each, 'ColumnDef');
    if (column) return [{ kind: 'column', node: column, origin: elementOrigin(column.location, context) }];
    const constraint = fieldsOf(each, 'Constraint');
    if (constraint)
      return [{ kind: 'constraint', node: constraint, origin: elementOrigin(constraint.location, context) }];
    const like = fieldsOf(each, 'TableLikeClause');
    return like ? [{ kind: 'like', node: like, origin: context.origin(like.relation?.location) }] : [];
  });
}

/** From the element's first token to its last. */
export function elementOrigin(location: number | undefined, context: ReplayContext): Origin {
  const { statement, text } = context.running;
  if (location === undefined || location < 0 || statement === null) return context.origin(location);
  const isInside = location >= statement.at.start && location < statement.at.end;
  return context.origin(location, isInside ? elementEnd(text, location, statement.at.end) : undefined);
}
