import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { decidesAlone, standingsBeside } from '../own-rows/free-standings.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Policy = EntityOf<'policy'>;

/**
 * The policies of other tables that let in whoever has a row of this one (a membership, a rank), where a policy lets whoever is signed in add any row:
 * grants leave them the columns, and no trigger sets them.
 */
export function decidersByAdded(
  graph: SchemaGraph,
  policy: Policy,
  access: readonly ClientAccess[],
  clientRoles: readonly string[],
): readonly Policy[] {
  const signedIn = access.find(({ name }) => name === 'authenticated');
  if (signedIn === undefined) return [];
  const { sets, unknown } = columnsSetByTriggers(graph, policy.table, 'insert');
  const isFree = (id: EntityId) =>
    unknown.length === 0 &&
    !sets.some(({ column }) => column === id) &&
    mayColumn(graph, signedIn.role, graph.get('column', id), 'a');
  const free = standingsBeside(graph, policy, clientRoles).filter(
    ({ user, column }) => isFree(user) && isFree(column) && !isUniqueAlone(graph, graph.get('column', column)),
  );
  return [...new Set(free.map((each) => each.policy))].filter(
    (each) => each.table !== policy.table && decidesAlone(graph, each, free),
  );
}
