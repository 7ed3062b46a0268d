import type { JoinExpr, Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { givesOneValue } from '../binding/questions/one-value.ts';
import type { Query, QuerySource } from './query.ts';

/**
 * Can FOR UPDATE OF the source stand at the end of the query? Not behind GROUP BY, HAVING, DISTINCT, aggregates, window functions,
 * sets in the target list or UNION, nor where an outer join may leave the source's row out (0A000, when the query is run first:
 * CheckSelectLocking(), src/backend/parser/analyze.c; make_outerjoininfo(), src/backend/optimizer/plan/initsplan.c).
 */
export function isLockable({ node, binding }: Query, source: QuerySource): boolean {
  const select = fieldsOf(node, 'SelectStmt');
  if (select === undefined || select.larg !== undefined || select.valuesLists !== undefined) return false;
  const { distinctClause, groupClause, havingClause, targetList, sortClause, fromClause } = select;
  if (distinctClause !== undefined || groupClause !== undefined || havingClause !== undefined) return false;
  if (!givesOneValue([...(targetList ?? []), ...(sortClause ?? [])], binding)) return false;
  return !anyNode(fromClause, (each) => {
    const join = fieldsOf(each, 'JoinExpr');
    return join !== undefined && (join.alias !== undefined || optionalSides(join).some((side) => holds(side, source)));
  });
}

/** The sides of an outer join that may have no row. */
function optionalSides({ jointype, larg, rarg }: JoinExpr): readonly (Node | undefined)[] {
  switch (jointype) {
    case 'JOIN_LEFT':
      return [rarg];
    case 'JOIN_RIGHT':
      return [larg];
    case 'JOIN_FULL':
      return [larg, rarg];
    default:
      return [];
  }
}

function holds(side: Node | undefined, { name }: QuerySource): boolean {
  return anyNode(side, (node) => {
    const range = fieldsOf(node, 'RangeVar');
    return range !== undefined && (range.alias?.aliasname ?? range.relname) === name;
  });
}
