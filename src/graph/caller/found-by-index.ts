import type { FuncCall, Node } from '@pgsql/types';
import { fieldsOf, innerOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, type Child, walkBelow } from '../../sql/walk.ts';
import { callsOf } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { indexServing } from '../indexes/index-coverage.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * The column whose index finds the rows for which a STABLE call makes its query's condition true: `c = auth.uid()` as a part of
 * WHERE or of the whole expression, or of one side of an OR whose other sides have such a part too (a BitmapOr). An index
 * condition is worked out once a scan and not once a row (seen with EXPLAIN on Postgres 18, also below row security).
 */
export function columnFoundBy(
  graph: SchemaGraph,
  expression: BoundExpression,
  call: FuncCall,
): EntityOf<'column'> | undefined {
  const comparison = comparisonAround(expression, call);
  if (comparison === undefined) return undefined;
  const isNeeded = isConjunct(comparison.path, (arm) => isFound(graph, expression, arm));
  return isNeeded ? indexedOpposite(graph, expression, comparison.equality, comparison.field) : undefined;
}

/** The relation of the column that a call is compared with in its own query: the condition is asked where that is read. */
export function relationComparedWith(
  graph: SchemaGraph,
  expression: BoundExpression,
  call: FuncCall,
): EntityId | undefined {
  const comparison = comparisonAround(expression, call);
  const column = comparison && columnOpposite(comparison.equality, comparison.field, expression.meanings);
  return column && graph.get('column', column).relation;
}

interface Comparison {
  readonly equality: Node;
  /** The side of it on which the call stands. */
  readonly field: string;
  /** The nodes down to the equality, which is the last. */
  readonly path: readonly Child[];
}

/** The innermost `=` that the call is a part of. */
function comparisonAround({ tree }: BoundExpression, call: FuncCall): Comparison | undefined {
  let found: Comparison | undefined;
  walkBelow(tree, (tag, node, parents, field) => {
    if (innerOf(node) !== call) return undefined;
    const path = [...parents, { tag, node, field }];
    const at = path.findLastIndex((each) => isEquality(each.node));
    const [equality, value] = at < 0 ? [] : path.slice(at, at + 2);
    if (equality !== undefined && value !== undefined)
      found = { equality: equality.node, field: value.field, path: path.slice(0, at + 1) };
    return 'stop';
  });
  return found;
}

/** Does an index find all rows for which a side of an OR is true? Of a constant (`status = 'open'`) there may be too many for it. */
function isFound(graph: SchemaGraph, expression: BoundExpression, arm: Node): boolean {
  const { boolop, args = [] } = fieldsOf(arm, 'BoolExpr') ?? {};
  if (boolop === 'AND_EXPR') return args.some((each) => isFound(graph, expression, each));
  if (boolop === 'OR_EXPR') return args.every((each) => isFound(graph, expression, each));
  const isVolatile = callsOf(expression).some(
    ({ call, function: called }) => called?.volatility === 'volatile' && anyNode(arm, (node) => innerOf(node) === call),
  );
  if (isVolatile || !isEquality(arm)) return false;
  return VALUE_FIELDS.some(
    (field) =>
      !isConstant(fieldsOf(arm, 'A_Expr')?.[field]) && indexedOpposite(graph, expression, arm, field) !== undefined,
  );
}

const VALUE_FIELDS = ['lexpr', 'rexpr'] as const;

/** A foreign key needs a unique index on what it refers to: of a table that the history never made, that is known of its indexes. */
function isIndexed(graph: SchemaGraph, { id, relation }: EntityOf<'column'>): boolean {
  if (indexServing(graph, relation, [id]) !== undefined) return true;
  if (graph.find(relation)?.isAssumed !== true) return false;
  const keys = graph.dependentsOfKind(id, 'foreignKey');
  return keys.some(({ referencedColumns }) => referencedColumns.length === 1 && referencedColumns[0] === id);
}

/** The column of its own query that an equality says to equal a value made of no row, which stands in the field. */
function indexedOpposite(
  graph: SchemaGraph,
  { meanings }: BoundExpression,
  equality: Node,
  field: string,
): EntityOf<'column'> | undefined {
  const found = columnOpposite(equality, field, meanings);
  const column = found === undefined ? undefined : graph.find(found);
  return column?.kind === 'column' && isIndexed(graph, column) ? column : undefined;
}

function columnOpposite(equality: Node, field: string, meanings: BoundExpression['meanings']): EntityId | undefined {
  const { lexpr, rexpr } = fieldsOf(equality, 'A_Expr') ?? {};
  const [value, other] = field === 'lexpr' ? [lexpr, rexpr] : [rexpr, lexpr];
  const reference = fieldsOf(other, 'ColumnRef');
  const meaning = reference && meanings.get(reference);
  const isOfRow = value === undefined || namesRow(value, meanings);
  return isOfRow || meaning?.kind !== 'column' || meaning.level !== 0 ? undefined : meaning.column;
}

/** Does the last of these have to be true for a row of its query to count, but where another side of an OR, each of which is served, is? */
function isConjunct(path: readonly Child[], isServed: (arm: Node) => boolean): boolean {
  const query = path.findLastIndex(({ tag }) => tag === 'SelectStmt');
  if (query >= 0 && path[query + 1]?.field !== 'whereClause') return false;
  return path.slice(query + 1, -1).every(({ node }, index) => {
    const { boolop, args = [] } = fieldsOf(node, 'BoolExpr') ?? {};
    if (boolop !== 'OR_EXPR') return boolop === 'AND_EXPR';
    const side = path[query + 2 + index]?.node;
    return args.every((each) => each === side || isServed(each));
  });
}

function isConstant(value: Node | undefined): boolean {
  return value !== undefined && !anyNode(value, (_, tag) => tag === 'FuncCall' || tag === 'SQLValueFunction');
}

function isEquality(node: Node): boolean {
  const { kind, name } = fieldsOf(node, 'A_Expr') ?? {};
  return kind === 'AEXPR_OP' && stringsOf(name).at(-1) === '=';
}

/** But `(select auth.uid())` is worked out before any row is read. */
function namesRow(value: Node, meanings: BoundExpression['meanings']): boolean {
  return anyNode(value, (node, tag) => {
    const meaning = tag === 'ColumnRef' ? meanings.get(innerOf(node)) : undefined;
    return isAsked(node) || (tag === 'ColumnRef' && meaning?.kind !== 'variable');
  });
}

function isAsked(node: Node): boolean {
  const link = fieldsOf(node, 'SubLink');
  return (
    link !== undefined &&
    (link.subLinkType !== 'EXPR_SUBLINK' || fieldsOf(link.subselect, 'SelectStmt')?.fromClause !== undefined)
  );
}
