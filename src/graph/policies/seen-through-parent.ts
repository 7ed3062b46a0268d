import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { isNeverTrue } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { clientAccess } from '../privileges/client-access.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { admittingPolicies } from './policy-audience.ts';
import { decidingClause } from './policy-clauses.ts';

type ForeignKey = EntityOf<'foreignKey'>;

/**
 * The policy by which clients see the rows of a table only as long as there is what the key refers to: it finds that row, and from
 * there whose the rows are. Undefined where they are seen in another way as well, or by nobody.
 */
export function seenThroughParent(
  graph: SchemaGraph,
  key: ForeignKey,
  clientRoles: readonly string[],
): EntityOf<'policy'> | undefined {
  const table = graph.get('table', key.table);
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return undefined;
  const policies = clientAccess(graph, table, clientRoles)
    .filter(({ commands }) => commands.includes('select'))
    .flatMap((each) => admittingPolicies(graph, table, 'select', each));
  const isHidden = policies.every((each) => {
    const clause = decidingClause(each, 'select');
    return clause !== null && needsParent(graph, clause, key);
  });
  return isHidden ? policies[0] : undefined;
}

/** Is the clause never true when the row is gone which the key names, nor without a value in its columns? */
function needsParent(graph: SchemaGraph, clause: BoundExpression, key: ForeignKey): boolean {
  const { meanings, tree } = clause;
  const isGone = (node: Node): null | undefined => {
    const range = fieldsOf(node, 'RangeVar');
    const meaning = range && meanings.get(range);
    if (meaning?.kind === 'source') return meaning.relation === key.referencedTable ? null : undefined;
    return asksParent(graph, node, clause, key) ? null : undefined;
  };
  const isEmptied = (node: Node) =>
    isOfKey(node, clause, key) || asksParent(graph, node, clause, key) ? null : undefined;
  return isNeverTrue(tree, isGone) && isNeverTrue(tree, isEmptied);
}

function isOfKey(node: Node, { meanings }: BoundExpression, { columns }: ForeignKey): boolean {
  const reference = fieldsOf(node, 'ColumnRef');
  const meaning = reference && meanings.get(reference);
  return meaning?.kind === 'column' && meaning.isOuter && columns.some((each) => each === meaning.column);
}

/** `owns_document(document_id)`, where the function reads documents. */
function asksParent(graph: SchemaGraph, node: Node, clause: BoundExpression, key: ForeignKey): boolean {
  const called = calledFunction(graph, node, clause);
  if (called === undefined) return false;
  const isGiven = (fieldsOf(node, 'FuncCall')?.args ?? []).some((each) => isOfKey(each, clause, key));
  const queries = isGiven ? routineShape(graph, called).queries : [];
  return queries.some(({ sources }) => sources.some(({ relation }) => relation === key.referencedTable));
}
