import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { clientAccess } from '../privileges/client-access.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { admittingPolicies, mayMeetRows, policyAudience } from './policy-audience.ts';

type Table = EntityOf<'table'>;
type Trigger = EntityOf<'trigger'>;
type Policy = EntityOf<'policy'>;

/** What works today because row security of a table is off, and no longer does once it is on with the policies that there are. */
export interface LostByRowSecurity {
  /** Triggers of other tables that add rows with the rights of clients, which no policy lets them (42501). */
  readonly refused: readonly Trigger[];
  /** Policies of other tables that look into it for clients to whom no policy shows a row. */
  readonly blind: readonly Policy[];
}

export function lostByRowSecurity(
  graph: SchemaGraph,
  tables: readonly Table[],
  clientRoles: readonly string[],
): LostByRowSecurity {
  const ids = new Set(tables.map(({ id }) => id));
  const refused = tables.flatMap((table) => addedTo(graph, table, clientRoles));
  const isShown = (table: Table, policy: Policy) =>
    policyAudience(graph, policy, clientRoles).some(
      (each) => admittingPolicies(graph, table, 'select', each).length > 0,
    );
  const blind = tables.flatMap((table) =>
    graph
      .dependentsOfKind(table.id, 'policy')
      .filter(
        (each) => !ids.has(each.table) && policyAudience(graph, each, clientRoles).length > 0 && !isShown(table, each),
      ),
  );
  return {
    refused: [...new Set(refused)].filter(({ relation }) => !ids.has(relation)),
    blind: [...new Set(blind)].toSorted((one, other) => one.id - other.id),
  };
}

/** The triggers by which clients add rows with their own rights as they write another table, and no policy would let them. */
function addedTo(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly Trigger[] {
  const adding = writesTo(graph, table.id).flatMap(({ holder, write }) =>
    write.kind === 'insert' && holder.kind === 'function' && holder.security === 'invoker' ? [holder.id] : [],
  );
  return adding
    .flatMap((each) => graph.dependentsOfKind(each, 'trigger').filter((one) => one.function === each))
    .filter((trigger) => firesInOrigin(trigger) && isRunByClients(graph, trigger, table, clientRoles));
}

function isRunByClients(graph: SchemaGraph, trigger: Trigger, written: Table, clientRoles: readonly string[]): boolean {
  const of = graph.find(trigger.relation);
  if (of?.kind !== 'table') return false;
  return clientAccess(graph, of, clientRoles).some(
    (access) =>
      admittingPolicies(graph, written, 'insert', access).length === 0 &&
      access.commands.some(
        (each) => each !== 'select' && trigger.events.includes(each) && mayMeetRows(graph, of, each, access),
      ),
  );
}
