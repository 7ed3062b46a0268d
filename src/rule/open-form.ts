import type { EntityOf } from '../graph/entities/index.ts';
import { isNamed } from '../graph/lexicon/pattern.ts';
import { POLICY_NAMES } from '../graph/lexicon/policy-names.ts';
import { TABLE_NAMES } from '../graph/lexicon/table-names.ts';
import { isAuditTable, refersToAccounts } from '../graph/lexicon/table-roles.ts';
import { seesEveryRow } from '../graph/policies/open-reading.ts';
import { columnsComparedWithCaller } from '../graph/policies/tenant-columns.ts';
import type { ClientAccess } from '../graph/privileges/client-access.ts';
import { remarkAbove } from '../graph/remark-above.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';

/**
 * Do the policies let in what anybody is to send, as their names, comments right above them or the name of the table say: a message to a shop, an address for
 * a newsletter? Whoever is signed out has to be among those they are for, nothing says whose a row is, and none of these clients reads them all. No log: that
 * proves nothing where anybody writes it.
 */
export function isOpenForm(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  policies: readonly EntityOf<'policy'>[],
  access: readonly ClientAccess[],
  texts: ReadonlyMap<string, string>,
): boolean {
  const isSaid = (each: EntityOf<'policy'>) =>
    isNamed(each.name, POLICY_NAMES.forms) || isNamed(remarkAbove(each, texts), POLICY_NAMES.saidForms);
  const isNamedSo = isNamed(table.name.name, TABLE_NAMES.forms) || policies.every(isSaid);
  if (!isNamedSo || isAuditTable(graph, table) || !access.some(({ name }) => name === 'anon')) return false;
  if (columnsComparedWithCaller(graph, table.id).size > 0) return false;
  return !refersToAccounts(graph, table) && access.every((each) => seesEveryRow(graph, each, table) === false);
}
