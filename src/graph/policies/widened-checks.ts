import type { EntityOf } from '../entities/index.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayAnyColumn } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { admittingPolicies } from './policy-audience.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/** The policies by which somebody may change rows, and whose check the WITH CHECK of one of these makes pointless: Postgres joins them by OR. */
export function widenedChecks(
  graph: SchemaGraph,
  table: Table,
  policies: readonly Policy[],
  access: readonly ClientAccess[],
): readonly Policy[] {
  if (!policies.some(({ command, check }) => check !== null && (command === 'all' || command === 'update'))) return [];
  const others = access
    .filter(({ role }) => mayAnyColumn(graph, role, table, 'w'))
    .flatMap((each) => admittingPolicies(graph, table, 'update', each))
    .filter((each) => !policies.includes(each));
  return [...new Set(others)];
}
