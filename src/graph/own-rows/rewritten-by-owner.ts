import type { EntityOf } from '../entities/index.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { tiesAsked } from './own-row-writes.ts';

/** Does a policy let clients change or delete rows of their own, as they please: what people keep of themselves? */
export function isRewrittenByItsOwner(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  clientRoles: readonly string[],
): boolean {
  return graph.ownedBy(table.id, 'policy').some((policy) => {
    if (!policy.isPermissive || policy.using === null) return false;
    const isReached = policyAudience(graph, policy, clientRoles).some(({ commands }) =>
      commands.some((each) => each === 'update' || each === 'delete'),
    );
    return (
      isReached &&
      waysOf(policy.using)?.some((way) => {
        const ties = way.map((part) => tiesAsked(graph, part));
        return !ties.includes(undefined) && ties.some((each) => (each ?? []).length > 0);
      }) === true
    );
  });
}
