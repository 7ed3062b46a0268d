import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts } from './column-tests.ts';
import { columnMeaning, unwrapped } from './operand.ts';
import type { Query, QuerySource, Write } from './query.ts';

/** A column that must have a value for a row to be read or written, and that value without casts around it. */
export interface RowEquality {
  readonly column: EntityId;
  readonly value: Node;
}

/** By which values WHERE picks the rows of a source; none where the query has the relation twice. */
export function rowEqualities(query: Query, { relation }: QuerySource): readonly RowEquality[] {
  if (query.sources.filter((each) => each.relation === relation).length > 1) return [];
  const columnOf = (node: Node | undefined) => {
    const meaning = columnMeaning(node, query.binding);
    return meaning?.level === 0 && meaning.isDirect && meaning.relation === relation ? meaning.column : undefined;
  };
  return conjuncts(whereOf(query)).flatMap((each): readonly RowEquality[] => {
    const { kind, name, lexpr, rexpr } = fieldsOf(each, 'A_Expr') ?? {};
    const isEquality = kind === 'AEXPR_NOT_DISTINCT' || (kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=');
    const [left, right] = [unwrapped(lexpr), unwrapped(rexpr)];
    if (!isEquality || left === undefined || right === undefined) return [];
    const [one, other] = [columnOf(left), columnOf(right)];
    if (one !== undefined) return [{ column: one, value: right }];
    return other === undefined ? [] : [{ column: other, value: left }];
  });
}

/** By which values ON CONFLICT (columns) DO UPDATE finds the row that is there. */
export function conflictEqualities({ onConflict, sets }: Write): readonly RowEquality[] {
  return (onConflict?.columns ?? []).flatMap((column) => {
    const value = unwrapped(sets.find((each) => each.column === column)?.value ?? undefined);
    return value === undefined ? [] : [{ column, value }];
  });
}

export function whereOf({ node }: Query): Node | undefined {
  const statement = fieldsOf(node, 'SelectStmt') ?? fieldsOf(node, 'UpdateStmt') ?? fieldsOf(node, 'DeleteStmt');
  return statement?.whereClause;
}
