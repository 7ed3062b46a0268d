import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { columnsWithRole } from '../lexicon/column-roles.ts';
import { decidesAlone, standingsBeside } from '../own-rows/free-standings.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { Standing } from './caller-standing.ts';

type Policy = EntityOf<'policy'>;

/**
 * The policies of other tables that let in whoever has a row of this one (a membership, a rank), where a policy lets whoever is signed in add any row, or
 * change rows of their own to any other: grants leave them the columns, and no trigger sets or keeps them.
 */
export function decidersByWritten(
  graph: SchemaGraph,
  policy: Policy,
  access: readonly ClientAccess[],
  command: 'insert' | 'update',
  clientRoles: readonly string[],
): readonly Policy[] {
  const signedIn = access.find(({ name }) => name === 'authenticated');
  if (signedIn === undefined) return [];
  const isFree = command === 'insert' ? freeToAdd(graph, policy, signedIn) : freeToChange(graph, policy, signedIn);
  // Rows that are shown to the caller as their own need no other user, and nobody is let in by not having been removed.
  const removed = command === 'update' ? columnsWithRole(graph, policy.table, 'softDelete').map(({ id }) => id) : [];
  const asked = standingsBeside(graph, policy, clientRoles).filter(({ column }) => !removed.includes(column));
  const isMet = ({ user, column }: Standing) =>
    (command === 'update' || isFree(user)) && isFree(column) && !isUniqueAlone(graph, graph.get('column', column));
  const free = asked.filter(({ query }) => asked.every((each) => each.query !== query || isMet(each)));
  return [...new Set(free.map((each) => each.policy))].filter(
    (each) => each.table !== policy.table && decidesAlone(graph, each, free),
  );
}

type IsFree = (column: EntityId) => boolean;

function freeToAdd(graph: SchemaGraph, { table }: Policy, { role }: ClientAccess): IsFree {
  const { sets, unknown } = columnsSetByTriggers(graph, table, 'insert');
  return (id) =>
    unknown.length === 0 &&
    !sets.some(({ column }) => column === id) &&
    mayColumn(graph, role, graph.get('column', id), 'a');
}

function freeToChange(graph: SchemaGraph, policy: Policy, access: ClientAccess): IsFree {
  const table = graph.get('table', policy.table);
  return (id) => isLeftTo(graph, table, graph.get('column', id), 'update', access);
}
