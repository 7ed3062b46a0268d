import { standingsIn } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { mayMeetRows } from '../policies/policy-audience.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { mayExecute } from '../privileges/privilege-questions.ts';
import { type CarriedColumns, carriedColumns } from '../routines/carried-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';
import { statusLabels } from '../values/status-labels.ts';
import { decides } from './free-standings.ts';
import type { OwnRowWrite } from './own-row-writes.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;
type Policy = EntityOf<'policy'>;

/** What a function gives the user because a row of the user's own, an invitation, says so. */
export interface CarriedGrant {
  readonly routine: EntityOf<'function'>;
  /** Of the table, as the user writes them. */
  readonly columns: readonly Column[];
  readonly into: Table;
  /** Which policies decide by what is written there; none where it only is called so. */
  readonly deciders: readonly Policy[];
  /** One of them asks for a value that the user may write: a role. */
  readonly isByValue: boolean;
}

/**
 * Where a write leaves columns to the user that a function, which the user may call or which a trigger of the table runs, takes over into the user's own
 * row of another table without asking what they are: by these policies decide, or they are called like what is granted.
 */
export function carriedGrant(
  graph: SchemaGraph,
  table: Table,
  write: OwnRowWrite,
  names: NamePatterns,
  clientRoles: readonly string[],
): CarriedGrant | undefined {
  if (write.command === 'update' && !write.access.some((each) => mayMeetRows(graph, table, 'select', each)))
    return undefined;
  for (const carried of carriedColumns(graph, table.id)) {
    const into = graph.find(carried.into);
    if (into?.kind !== 'table' || !isRun(graph, table, write, carried)) continue;
    const given = carried.pairs
      .map(({ from, to }) => ({ from: graph.get('column', from), to: graph.get('column', to) }))
      .filter(({ from, to }) => isFree(graph, write, from, carried) && !isGuarded(graph, into, to, 'insert'))
      .map((each) => ({ ...each, standings: standingsBy(graph, into, carried, each, clientRoles) }))
      .filter(({ to, standings }) => standings.length > 0 || isNamed(to.name, names));
    if (given.length === 0) continue;
    const standings = given.flatMap((each) => each.standings);
    return {
      routine: carried.routine,
      columns: given.map(({ from }) => from),
      into,
      deciders: [...new Set(standings.map(({ policy }) => policy))],
      isByValue: standings.some(({ by }) => by === 'value'),
    };
  }
  return undefined;
}

/** The trigger that takes it over may refuse the row for other reasons. A key names the row itself: nobody can take that of another. */
function isFree(graph: SchemaGraph, { leavesFree }: OwnRowWrite, from: Column, { routine }: CarriedColumns): boolean {
  return leavesFree(from, routine.id) && !isUniqueAlone(graph, from);
}

/** May the user have it run: by calling it, or by the write itself? */
function isRun(
  graph: SchemaGraph,
  table: Table,
  { command, access }: OwnRowWrite,
  { routine }: CarriedColumns,
): boolean {
  if (!isTriggerFunction(routine)) return access.some(({ role }) => mayExecute(graph, role, routine));
  return graph
    .dependentsOfKind(routine.id, 'trigger')
    .some((each) => each.relation === table.id && firesInOrigin(each) && each.events.includes(command));
}

/** What policies ask of the column in the row that is the user's, as far as the user may write that. */
function standingsBy(
  graph: SchemaGraph,
  into: Table,
  { users }: CarriedColumns,
  { from, to }: { readonly from: Column; readonly to: Column },
  clientRoles: readonly string[],
) {
  const labels = statusLabels(graph, from);
  return standingsIn(graph, into.id)
    .filter(({ column, user }) => column === to.id && users.includes(user))
    .filter(({ values }) => labels.length === 0 || values.length === 0 || values.some((each) => labels.includes(each)))
    .filter(({ policy }) => decides(graph, policy, clientRoles));
}
