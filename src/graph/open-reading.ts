import { foldBoolean } from './binding/questions/fold-boolean.ts';
import type { ClientAccess } from './client-access.ts';
import type { EntityOf } from './entities/index.ts';
import { openToRoles } from './policy-audience.ts';
import { mayTable } from './privilege-questions.ts';
import type { Grantee } from './privileges.ts';
import { policiesFor } from './row-security.ts';
import type { SchemaGraph } from './schema-graph.ts';

/** May the role read the table as a whole: by its grants, and with row security off or a policy that is always true? */
export function mayReadEveryRow(graph: SchemaGraph, role: Grantee, table: EntityOf<'table'>): boolean {
  if (!mayTable(graph, role, table, 'r')) return false;
  if (!table.rowSecurity) return true;
  const policies = policiesFor(graph, table, 'select', role);
  const isTrue = ({ using }: EntityOf<'policy'>) => using !== null && foldBoolean(using.tree) === true;
  return (
    policies.some((each) => each.isPermissive && isTrue(each)) &&
    policies.every((each) => each.isPermissive || each.using === null || isTrue(each))
  );
}

/** The same for whoever acts as a client role: also where a policy asks for nothing but that. */
export function seesEveryRow(
  graph: SchemaGraph,
  { name, role }: Pick<ClientAccess, 'name' | 'role'>,
  table: EntityOf<'table'>,
): boolean {
  if (mayReadEveryRow(graph, role, table)) return true;
  return graph
    .ownedBy(table.id, 'policy')
    .some((policy) => openToRoles(graph, policy, ['select'], [name]).some((each) => each.role === role));
}
