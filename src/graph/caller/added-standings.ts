import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { groupedBy } from '../grouping.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { columnsWithRole } from '../lexicon/column-roles.ts';
import { decides, decidesAlone } from '../own-rows/free-standings.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type Standing, standingsIn } from './caller-standing.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/**
 * The policies of other tables that let in whoever has a row of this one (a membership, a rank), where whoever is signed in may add any row, or
 * change rows of their own to any other: grants leave them the columns, and no trigger sets or keeps them.
 */
export function decidersByWritten(
  graph: SchemaGraph,
  table: Table,
  access: readonly ClientAccess[],
  command: 'insert' | 'update',
  clientRoles: readonly string[],
): readonly Policy[] {
  const signedIn = access.find(({ name, commands }) => name === 'authenticated' && commands.includes(command));
  if (signedIn === undefined) return [];
  const isFree = command === 'insert' ? freeToAdd(graph, table, signedIn) : freeToChange(graph, table, signedIn);
  // Rows that are shown to the caller as their own need no other user, and nobody is let in by not having been removed.
  const removed = command === 'update' ? columnsWithRole(graph, table.id, 'softDelete').map(({ id }) => id) : [];
  const asked = standingsIn(graph, table.id).filter(
    (each) =>
      each.policy.table !== table.id && !removed.includes(each.column) && decides(graph, each.policy, clientRoles),
  );
  const isMet = ({ user, column }: Standing) =>
    (command === 'update' || isFree(user)) && isFree(column) && !isUniqueAlone(graph, graph.get('column', column));
  const unmet = new Set(asked.filter((each) => !isMet(each)).map(({ query }) => query));
  const free = asked.filter(({ query }) => !unmet.has(query));
  return [...groupedBy(free, ({ policy }) => policy)].flatMap(([policy, own]) =>
    decidesAlone(graph, policy, own) ? [policy] : [],
  );
}

type IsFree = (column: EntityId) => boolean;

function freeToAdd(graph: SchemaGraph, { id: table }: Table, { role }: ClientAccess): IsFree {
  const { sets, unknown } = columnsSetByTriggers(graph, table, 'insert');
  return (id) =>
    unknown.length === 0 &&
    !sets.some(({ column }) => column === id) &&
    mayColumn(graph, role, graph.get('column', id), 'a');
}

function freeToChange(graph: SchemaGraph, table: Table, access: ClientAccess): IsFree {
  return (id) => isLeftTo(graph, table, graph.get('column', id), 'update', access);
}
