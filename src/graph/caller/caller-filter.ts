import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksCaller } from './caller-source.ts';

/** Does a condition of the query (WHERE, ON, HAVING, those of its subselects too) ask who calls? */
export function filtersByCaller(graph: SchemaGraph, query: BoundExpression): boolean {
  return anyNode(query.tree, (node) => {
    const select = fieldsOf(node, 'SelectStmt');
    const conditions = [select?.whereClause, select?.havingClause, fieldsOf(node, 'JoinExpr')?.quals];
    return conditions.some((each) => asksCaller(graph, each, query));
  });
}
