import type { SubLink } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { canBeHashed } from '../binding/questions/hashable-exists.ts';
import { subselectsOf } from '../binding/questions/subselects.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';

/** A subselect of an expression about one row that names that row and reads tables. */
export interface RowSubselect {
  readonly relations: readonly EntityId[];
  /** Columns of the tables it reads that must equal something, so that an index on one finds its rows. */
  readonly lookedUp: readonly EntityId[];
  /**
   * `hashed`: an EXISTS that Postgres can turn round itself, as it is tied to the row by equality alone: it then reads the tables
   * once and keeps the values in a hash table, where that fits into work_mem (convert_EXISTS_to_ANY(), subselect.c; seen with
   * EXPLAIN on Postgres 18). `each`: all others run anew for each row.
   */
  readonly runs: 'hashed' | 'each';
}

/** The outermost of such subselects. */
export function rowSubselects(expression: BoundExpression): readonly RowSubselect[] {
  return subselectsOf(expression.tree, expression)
    .filter((each) => each.depth === 1 && each.isCorrelatedToOuter && each.relations.length > 0)
    .map(({ link, relations }) => ({
      relations,
      lookedUp: lookedUpColumns(link, expression),
      runs: canBeHashed(link, expression) ? 'hashed' : 'each',
    }));
}

function lookedUpColumns({ subselect }: SubLink, { meanings }: BoundExpression): readonly EntityId[] {
  const columns: EntityId[] = [];
  for (const part of conjuncts(fieldsOf(subselect, 'SelectStmt')?.whereClause)) {
    const { kind, name, lexpr, rexpr } = fieldsOf(part, 'A_Expr') ?? {};
    if (kind !== 'AEXPR_OP' || stringsOf(name).at(-1) !== '=') continue;
    for (const side of [lexpr, rexpr]) {
      const reference = fieldsOf(side, 'ColumnRef');
      const meaning = reference && meanings.get(reference);
      if (meaning?.kind === 'column' && !meaning.isOuter && meaning.column !== undefined) columns.push(meaning.column);
    }
  }
  return columns;
}
