import type { EntityOf } from '../entities/index.ts';
import { admitsNothing } from '../policies/policy-clauses.ts';
import { policiesFor, type RowCommand } from '../policies/row-security.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type ClientAccess, LETTERS } from './client-access.ts';
import { mayAnyColumn, mayColumn, mayTable, mayUseSchema } from './privilege-questions.ts';

/**
 * The client roles that may do one of these things with rows of the table, by their grants and, under row security, by a
 * permissive policy that is not always false: `commands` are those. Whether the policy ever admits a row is not asked.
 */
export function admittedClients(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  clientRoles: readonly string[],
  commands: readonly RowCommand[],
): readonly ClientAccess[] {
  const schema = graph.global('schema', table.name.schema);
  return clientRoles.flatMap((name): readonly ClientAccess[] => {
    const role = name === 'public' ? 'public' : graph.global('role', name)?.id;
    if (role === undefined || (schema !== undefined && !mayUseSchema(graph, role, schema))) return [];
    const admitted = commands.filter(
      (each) =>
        (!table.rowSecurity ||
          policiesFor(graph, table, each, role).some(
            (policy) => policy.isPermissive && !admitsNothing(policy, each),
          )) &&
        mayAnyColumn(graph, role, table, LETTERS.get(each) ?? ''),
    );
    return admitted.length === 0 ? [] : [{ name, role, commands: admitted }];
  });
}

/** The columns of the table that one of these clients may write, by a grant on the table or on the column. */
export function columnsOpenTo(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  clients: readonly ClientAccess[],
): readonly EntityOf<'column'>[] {
  const grants = clients.flatMap(({ role, commands }) =>
    commands.map((command) => ({ role, letter: LETTERS.get(command) ?? '' })),
  );
  const columns = graph.columns(table.id);
  if (grants.some(({ role, letter }) => mayTable(graph, role, table, letter))) return columns;
  return columns.filter((column) => grants.some(({ role, letter }) => mayColumn(graph, role, column, letter)));
}
