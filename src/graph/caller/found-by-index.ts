import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, innerOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, type Child, walkBelow } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { indexServing } from '../index-coverage.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * The column whose index finds the rows for which a STABLE call makes its query's condition true: `c = auth.uid()` as a part of
 * WHERE or of the whole expression. An index condition is worked out once a scan and not once a row (seen with EXPLAIN on
 * Postgres 18, also below row security).
 */
export function columnFoundBy(
  graph: SchemaGraph,
  expression: BoundExpression,
  call: FuncCall,
): EntityOf<'column'> | undefined {
  let found: EntityOf<'column'> | undefined;
  walkBelow(expression.tree, (tag, node, parents, field) => {
    if (innerOf(node) !== call) return undefined;
    const compared = comparedColumn([...parents, { tag, node, field }], expression);
    const column = compared === undefined ? undefined : graph.find(compared);
    if (column?.kind === 'column' && isIndexed(graph, column)) found = column;
    return 'stop';
  });
  return found;
}

/** A foreign key needs a unique index on what it refers to: of a table that the history never made, that is known of its indexes. */
function isIndexed(graph: SchemaGraph, { id, relation }: EntityOf<'column'>): boolean {
  if (indexServing(graph, relation, [id]) !== undefined) return true;
  if (graph.find(relation)?.isAssumed !== true) return false;
  const keys = graph.dependentsOfKind(id, 'foreignKey');
  return keys.some(({ referencedColumns }) => referencedColumns.length === 1 && referencedColumns[0] === id);
}

/** The column of its own query that a conjunct says to equal a value made of the call and of no row. */
function comparedColumn(path: readonly Child[], { meanings }: BoundExpression): EntityId | undefined {
  const at = path.findLastIndex(({ node }) => isEquality(node));
  const equality = fieldsOf(path[at]?.node, 'A_Expr');
  const value = path[at + 1];
  if (equality === undefined || value === undefined || !isConjunct(path.slice(0, at + 1))) return undefined;
  const reference = fieldsOf(value.field === 'lexpr' ? equality.rexpr : equality.lexpr, 'ColumnRef');
  const meaning = reference && meanings.get(reference);
  return meaning?.kind === 'column' && meaning.level === 0 && !namesRow(value.node, meanings)
    ? meaning.column
    : undefined;
}

/** Does the last of these have to be true for a row of its query to count? */
function isConjunct(path: readonly Child[]): boolean {
  const query = path.findLastIndex(({ tag }) => tag === 'SelectStmt');
  if (query >= 0 && path[query + 1]?.field !== 'whereClause') return false;
  return path.slice(query + 1, -1).every(({ node }) => fieldsOf(node, 'BoolExpr')?.boolop === 'AND_EXPR');
}

function isEquality(node: Node): boolean {
  const { kind, name } = fieldsOf(node, 'A_Expr') ?? {};
  return kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=';
}

function namesRow(value: Node, meanings: BoundExpression['meanings']): boolean {
  return anyNode(value, (node, tag) => {
    const meaning = tag === 'ColumnRef' ? meanings.get(innerOf(node)) : undefined;
    return tag === 'SubLink' || (tag === 'ColumnRef' && meaning?.kind !== 'variable');
  });
}
