import { fieldsOf } from '../../sql/nodes.ts';
import { isNeverTrue } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isClosedToSignedOut } from '../caller/closed-conditions.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { clientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { callsForbidden } from './forbidden-call.ts';
import { admitsNothing, decidingClause } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';
import { columnsComparedWithCaller } from './tenant-columns.ts';

/**
 * The client roles that never see a row with NULL in the column, although they have policies for reading the table: each of
 * those compares the column, and none is true then. Empty where one of them sees it, or where that cannot be told. Without those
 * whose every query fails, as a policy calls what they may not execute.
 */
export function rolesBlindToNull(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  clientRoles: readonly string[],
): readonly string[] {
  const table = graph.find(column.relation);
  if (table?.kind !== 'table' || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
  if (!columnsComparedWithCaller(graph, table.id).has(column.id)) return [];
  const readers = clientAccess(graph, table, clientRoles).flatMap(({ name, role, commands }) => {
    const policies = commands.includes('select') ? policiesFor(graph, table, 'select', role) : [];
    const clauses = policies.flatMap((each) => decidingClause(each, 'select') ?? []);
    if (clauses.some((each) => callsForbidden(graph, each, role))) return [];
    const admitting = policies.filter((each) => {
      const clause = decidingClause(each, 'select');
      if (!each.isPermissive || clause === null || admitsNothing(each, 'select')) return false;
      return name !== 'anon' || !isClosedToSignedOut(graph, clause);
    });
    return admitting.length === 0 ? [] : [{ name, admitting }];
  });
  const isBlind = readers.every(({ admitting }) =>
    admitting.every((policy) => isNeverTrueWithNull(decidingClause(policy, 'select'), column.id)),
  );
  return isBlind ? readers.map(({ name }) => name) : [];
}

/** Is the clause of a policy never true for a row with NULL in the column? */
export function isNeverTrueWithNull(clause: BoundExpression | null, column: EntityId): boolean {
  if (clause === null) return true;
  return isNeverTrue(clause.tree, (node) => {
    const reference = fieldsOf(node, 'ColumnRef');
    const meaning = reference && clause.meanings.get(reference);
    return meaning?.kind === 'column' && meaning.isOuter && meaning.column === column ? null : undefined;
  });
}
