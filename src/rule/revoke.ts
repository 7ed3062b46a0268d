import { type ClientRelation, clientGrantees } from '../graph/privileges/client-access.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { raw, sql } from './sql.ts';

/**
 * Takes what client roles hold on a relation: everything, or what writes alone. Undefined where they hold it through a role that is not theirs alone:
 * others would lose it too.
 */
export function revokeFromClients(
  graph: SchemaGraph,
  relation: ClientRelation,
  clientRoles: readonly string[],
  privileges: 'all' | 'insert, update, delete' = 'all',
): string | undefined {
  const lists = [relation.acl, ...graph.columns(relation.id).map(({ acl }) => acl)];
  const grantees = [...new Set(lists.flatMap((acl) => clientGrantees(graph, acl, clientRoles)))];
  if (grantees.length === 0 || grantees.some((each) => !clientRoles.includes(each))) return undefined;
  return sql`revoke ${raw(privileges)} on table ${relation.name} from ${grantees.map((each) => (each === 'public' ? raw(each) : each))};`;
}
