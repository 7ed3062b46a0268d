import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { givesRows } from './held-columns.ts';
import { outermost } from './outermost.ts';
import type { Query } from './query.ts';

/**
 * The query whose rows decide whether a statement does anything: a SELECT itself, that of INSERT … SELECT, an UPDATE or DELETE with its FROM or USING. Undefined
 * where it gives rows of its own accord, by an aggregate or an outer join.
 */
export function drivingQuery(statement: Query, queries: readonly Query[]): Query | undefined {
  if (statement.role !== 'statement') return undefined;
  const isInsert = statement.kind === 'insert';
  const driving = isInsert ? queries.find((each) => each.role === 'value' && outermost(each) === statement) : statement;
  if (driving === undefined || hasOuterJoin(driving)) return undefined;
  return driving.kind !== 'select' || givesRows(driving) ? driving : undefined;
}

function hasOuterJoin({ node }: Query): boolean {
  const select = fieldsOf(node, 'SelectStmt')?.fromClause ?? fieldsOf(node, 'UpdateStmt')?.fromClause;
  const from = select ?? fieldsOf(node, 'DeleteStmt')?.usingClause;
  return anyNode(from, (each) => {
    const kind = fieldsOf(each, 'JoinExpr')?.jointype;
    return kind !== undefined && kind !== 'JOIN_INNER';
  });
}
