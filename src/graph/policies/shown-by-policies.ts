import type { Node, SelectStmt } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import { canonical } from '../binding/canonical.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { mayTable } from '../privilege-questions.ts';
import type { Grantee } from '../privileges.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { policiesFor } from './row-security.ts';

type Table = EntityOf<'table'>;

/**
 * Does a view, read with its owner's rights, show the role no row of a table that its policies would keep back? So it is where the
 * WHERE of the view asks all that one of the policies for reading asks. Nothing is concluded where either looks into other tables,
 * as those would be read with other rights, or where the table is read twice.
 */
export function showsAsPolicies(graph: SchemaGraph, { query }: EntityOf<'view'>, table: Table, role: Grantee): boolean {
  if (!mayTable(graph, role, table, 'r')) return false;
  const policies = policiesFor(graph, table, 'select', role);
  if (policies.some((each) => !each.isPermissive)) return false;
  const select = fieldsOf(query.tree, 'SelectStmt');
  if (select === undefined || !isReadOnce(select, query, table)) return false;
  const asked = new Set(conjuncts(select.whereClause).map((each) => canonical(each, query, String)));
  return policies.some(({ using }) => {
    if (using === null || anyNode(using.tree, (node) => 'SubLink' in node)) return false;
    return conjuncts(using.tree).every((each) => asked.has(canonical(each, using, String)));
  });
}

/** Once in all of the query, and there in its own FROM. */
function isReadOnce(select: SelectStmt, { tree, meanings }: BoundExpression, table: Table): boolean {
  if (select.op !== undefined && select.op !== 'SETOP_NONE') return false;
  const isOf = (node: Node | undefined) => {
    const range = fieldsOf(node, 'RangeVar');
    const meaning = range && meanings.get(range);
    return meaning?.kind === 'source' && meaning.relation === table.id;
  };
  let count = 0;
  walk(tree, (_, node) => {
    if (isOf(node)) count++;
    return undefined;
  });
  return count === 1 && joined(select.fromClause ?? []).some(isOf);
}

/** What FROM joins, without what stands in subselects. */
function joined(sources: readonly (Node | undefined)[]): readonly (Node | undefined)[] {
  return sources.flatMap((each) => {
    const join = fieldsOf(each, 'JoinExpr');
    return join === undefined ? [each] : joined([join.larg, join.rarg]);
  });
}
