import { authorColumns } from '../agreement/self-approval.ts';
import { type Standing, standingsIn } from '../caller/caller-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { consentValues } from '../lexicon/consent-values.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isAccountTable, isMembershipTable } from '../lexicon/table-roles.ts';
import { excludesValue } from '../policies/excluded-value.ts';
import { mayMeetRows } from '../policies/policy-audience.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { mayColumn, mayExecute } from '../privileges/privilege-questions.ts';
import { type CarriedColumns, carriedColumns } from '../routines/carried-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { askedOfNew } from '../triggers/asked-of-new.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';
import { statusLabels } from '../values/status-labels.ts';
import { decides } from './free-standings.ts';
import { type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';

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
 * row of another table without asking what they are: by these policies decide, they are called like what is granted, or whoever has the row is a member of what it names.
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
    const users = usersOf(graph, table, write, carried, clientRoles);
    if (into?.kind !== 'table' || users.length === 0 || !isRun(graph, table, write, carried)) continue;
    const given = carried.pairs
      .map(({ from, to }) => ({ from: graph.get('column', from), to: graph.get('column', to) }))
      .filter(({ from, to }) => isFree(graph, write, from, carried) && !isGuarded(graph, into, to, 'insert'))
      .map((each) => ({ ...each, standings: standingsBy(graph, into, users, carried, each, clientRoles) }))
      .filter(
        ({ to, standings }) =>
          standings.length > 0 || isNamed(to.name, names) || isGroupJoined(graph, into, to, carried, clientRoles),
      );
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

/** Does the row there make its user one of those who belong to what the column names, and may nobody add such a row for themselves? Not where it waits for somebody. */
function isGroupJoined(
  graph: SchemaGraph,
  into: Table,
  to: Column,
  { constants }: CarriedColumns,
  clientRoles: readonly string[],
): boolean {
  if (!isNamed(into.name.name, MEMBERS) || !isMembershipTable(graph, into)) return false;
  const isOfGroup = graph.foreignKeysOf(to).some(({ referencedTable }) => {
    const group = graph.find(referencedTable);
    return group?.kind === 'table' && !isAccountTable(graph, group);
  });
  const isWaiting = [...constants].some(
    ([id, constant]) => consentValues(graph, graph.get('column', id))?.waiting === constant,
  );
  const isOpen = graph
    .ownedBy(into.id, 'policy')
    .flatMap((each) => ownRowWrites(graph, each, clientRoles))
    .some(({ command, leavesFree }) => command === 'insert' && leavesFree(to));
  return isOfGroup && !isWaiting && !isOpen;
}

const MEMBERS: NamePatterns = ['*_member', '*_membership', '*_staff', '*_employee', '*_collaborator', '*_coworker'];

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

/**
 * The columns by which the row there is the user's: set to the caller or, by a trigger, to whom the changed row names, as the policy asks. That is the
 * user's doing only where the write can be what the trigger waits for, and no other than with rows of theirs they did not make: those may say anything.
 */
function usersOf(
  graph: SchemaGraph,
  table: Table,
  write: OwnRowWrite,
  { routine, users, named }: CarriedColumns,
  clientRoles: readonly string[],
): readonly EntityId[] {
  if (users.length > 0 || write.command !== 'update') return users;
  const authors = authorColumns(graph, table, clientRoles);
  const meant = named.filter(({ from }) => write.tied.includes(from) && !authors.has(from));
  return meant.length > 0 && isAwaited(graph, table, write, routine) ? meant.map(({ to }) => to) : [];
}

/** Does the write leave it to the user to make the row what the trigger asks for: status = 'accepted'? */
function isAwaited(graph: SchemaGraph, table: Table, write: OwnRowWrite, routine: EntityOf<'function'>): boolean {
  return [...askedOfNew(graph, table, routine)].every(([name, values]) => {
    const column = graph.column(table.id, name);
    if (column === undefined) return false;
    if (write.leavesFree(column, routine.id)) return true;
    if (values.length === 0) return write.tied.includes(column.id);
    const agreed = consentValues(graph, column)?.agreed;
    const wanted = agreed !== undefined && values.includes(agreed) ? [agreed] : values;
    return (
      wanted.every((each) => !excludesValue(write.way, column, each)) &&
      write.access.some(({ role }) => mayColumn(graph, role, column, 'w'))
    );
  });
}

/** What policies ask of the column in the row that is the user's, as far as the user may write that and nothing else written there is another thing than they ask. */
function standingsBy(
  graph: SchemaGraph,
  into: Table,
  users: readonly EntityId[],
  { constants }: CarriedColumns,
  { from, to }: { readonly from: Column; readonly to: Column },
  clientRoles: readonly string[],
) {
  const labels = statusLabels(graph, from);
  const all = standingsIn(graph, into.id);
  const isOther = ({ column, values }: Standing) => {
    const constant = constants.get(column);
    return constant !== undefined && values.length > 0 && !values.includes(constant);
  };
  return all
    .filter(({ column, user }) => column === to.id && users.includes(user))
    .filter(({ query, user }) => !all.some((each) => each.query === query && each.user === user && isOther(each)))
    .filter(({ values }) => labels.length === 0 || values.length === 0 || values.some((each) => labels.includes(each)))
    .filter(({ policy }) => decides(graph, policy, clientRoles));
}
