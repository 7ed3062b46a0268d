import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { EntityOf } from '../entities/index.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayTable } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isOpenToClient } from './policy-audience.ts';
import { policiesFor } from './row-security.ts';

/**
 * May the role read the table as a whole: by its grants, and with row security off or a policy that is always true? Undefined where
 * only other files can tell: the history never made the table and says nothing of its row security.
 */
export function mayReadEveryRow(graph: SchemaGraph, role: Grantee, table: EntityOf<'table'>): boolean | undefined {
  return mayTable(graph, role, table, 'r') ? showsEveryRow(graph, role, table) : false;
}

/** The same, whatever its grants let it read. */
export function showsEveryRow(graph: SchemaGraph, role: Grantee, table: EntityOf<'table'>): boolean | undefined {
  const isKnown = graph.isKnown(table, 'rowSecurity');
  if (isKnown && !table.rowSecurity) return true;
  const policies = policiesFor(graph, table, 'select', role);
  const isTrue = ({ using }: EntityOf<'policy'>) => using !== null && foldBoolean(using.tree) === true;
  const isOpen =
    policies.some((each) => each.isPermissive && isTrue(each)) &&
    policies.every((each) => each.isPermissive || each.using === null || isTrue(each));
  return isOpen || isKnown ? isOpen : undefined;
}

/** The same for whoever acts as a client role: also where a policy asks for nothing but that. */
export function seesEveryRow(
  graph: SchemaGraph,
  access: Pick<ClientAccess, 'name' | 'role'>,
  table: EntityOf<'table'>,
): boolean | undefined {
  const byItself = mayReadEveryRow(graph, access.role, table);
  if (byItself === true) return true;
  const isOpen = graph.ownedBy(table.id, 'policy').some((policy) => isOpenToClient(graph, policy, 'select', access));
  return isOpen || byItself;
}
