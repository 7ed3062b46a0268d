import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode, walk } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksCaller } from './caller-source.ts';

/** Does a condition of the query (WHERE, ON, HAVING, those of its subselects too) ask who calls, itself or by what a subselect or WITH query made of it? */
export function filtersByCaller(graph: SchemaGraph, query: BoundExpression): boolean {
  const made = madeOfCaller(graph, query);
  return anyNode(query.tree, (node) => {
    const select = fieldsOf(node, 'SelectStmt');
    const { quals, usingClause } = fieldsOf(node, 'JoinExpr') ?? {};
    if (stringsOf(usingClause).some((each) => made.has(each))) return true;
    const conditions = [select?.whereClause, select?.havingClause, quals];
    return conditions.some((each) => asksCaller(graph, each, query) || readsMade(each, query, made));
  });
}

/** The names of the output columns that subselects and WITH queries make of who calls: `with me as (select auth.uid() as id)`. */
function madeOfCaller(graph: SchemaGraph, query: BoundExpression): ReadonlySet<string> {
  const outputs = computedOutputs(query.tree);
  const made = new Set<string>();
  for (let size = -1; size !== made.size; ) {
    size = made.size;
    for (const { name, value } of outputs)
      if (asksCaller(graph, value, query) || readsMade(value, query, made)) made.add(name);
  }
  return made;
}

/** What the queries in FROM and WITH give, by the names that are read there. */
function computedOutputs(tree: Node): readonly { readonly name: string; readonly value: Node }[] {
  const outputs: { name: string; value: Node }[] = [];
  walk(tree, (_, node) => {
    const { ctequery, aliascolnames } = fieldsOf(node, 'CommonTableExpr') ?? {};
    const { subquery, alias } = fieldsOf(node, 'RangeSubselect') ?? {};
    const names = stringsOf(aliascolnames ?? alias?.colnames);
    for (const [at, target] of (fieldsOf(ctequery ?? subquery, 'SelectStmt')?.targetList ?? []).entries()) {
      const { name, val: value } = fieldsOf(target, 'ResTarget') ?? {};
      const read = names[at] ?? name ?? stringsOf(fieldsOf(value, 'ColumnRef')?.fields).at(-1);
      if (read !== undefined && value !== undefined) outputs.push({ name: read, value });
    }
    return undefined;
  });
  return outputs;
}

/** Does it name a computed column of one of these names? */
function readsMade(node: Node | undefined, { meanings }: BoundExpression, made: ReadonlySet<string>): boolean {
  if (made.size === 0) return false;
  return anyNode(node, (each) => {
    const reference = fieldsOf(each, 'ColumnRef');
    const meaning = reference && meanings.get(reference);
    return meaning?.kind === 'column' && meaning.column === undefined && made.has(meaning.name);
  });
}
