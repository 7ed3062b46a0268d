import { askedByRoles, readOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo, groupedBy } from '../grouping.ts';
import type { Change, Statement } from '../journal.ts';
import { admitsNothing } from '../policies/policy-clauses.ts';
import { appliesTo, policiesFor, type RowCommand } from '../policies/row-security.ts';
import { commandsOf } from '../policies/unreached-policies.ts';
import { apiCallers } from '../privileges/api-calls.ts';
import { clientAccess } from '../privileges/client-access.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { bornBy } from './born-in.ts';
import { isDroppedByName } from './dropped-by-name.ts';
import { serving } from './policies-done-by-functions.ts';
import { madeAgain, type TakenByCascade, takenByCascade } from './taken-by-cascade.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Routine = EntityOf<'function'>;
type Settings = Parameters<typeof apiCallers>[2];

/** A policy that CASCADE took from a table that still stands, and that nothing was put in the place of. */
export interface LostPolicy extends TakenByCascade<Policy> {
  readonly table: Table;
  /** The client roles, by their names, that it was for and that nothing else lets in; of a restrictive one, those it held back. */
  readonly roles: readonly string[];
  /** What no policy lets them do any more; of a restrictive one, what it no longer holds back. */
  readonly commands: readonly RowCommand[];
  /** The functions by which clients do one of these commands with their own rights: each call fails or finds nothing. */
  readonly failing: readonly Routine[];
}

type LostTogether = readonly [LostPolicy, ...LostPolicy[]];

/**
 * The policies that a CASCADE took and that were surely not meant to go: what they used was made again, others that went with them were made again, or a
 * function that clients call does what they admitted. Not where the history said anything since of what the table's policies let those roles do. Together
 * by the statement that took them, restrictive ones apart.
 */
export function lostPolicies(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  settings: Settings,
): readonly LostTogether[] {
  const lost = lostEach(graph, journal, statements, settings);
  const byStatement = groupedBy(lost, ({ by, taken }) => `${by.index} ${taken.isPermissive}`);
  return [...byStatement.values()].flatMap(([first, ...others]) => (first === undefined ? [] : [[first, ...others]]));
}

function lostEach(
  graph: SchemaGraph,
  journal: readonly Change[],
  statements: readonly Statement[],
  settings: Settings,
): readonly LostPolicy[] {
  return allLost(graph, journal, settings.clientRoles, statements, settings);
}

const allLost = askedByRoles(lostIn);

function lostIn(
  graph: SchemaGraph,
  journal: readonly Change[],
  _roles: readonly string[],
  statements: readonly Statement[],
  settings: Settings,
): readonly LostPolicy[] {
  const all = takenByCascade(journal).filter((each): each is TakenByCascade<Policy> => each.taken.kind === 'policy');
  const last = new Map(all.map((each) => [`${each.taken.table} ${each.taken.name}`, each]));
  // Those of a statement as they were made: a CASCADE takes the last one first.
  const inOrder = [...last.values()].sort((a, b) => a.taken.id - b.taken.id);
  return inOrder.flatMap((each): readonly LostPolicy[] => {
    const table = graph.find(each.taken.table);
    if (table?.kind !== 'table' || !table.rowSecurity || table.isAssumed === true) return [];
    if (isDroppedByName(statements, 'OBJECT_POLICY', table.name, each.taken.name, each.by.index)) return [];
    const lost = lostWith(graph, journal, table, each, settings);
    if (lost === undefined) return [];
    return lost.failing.length > 0 || isForgotten(graph, journal, each, all) ? [lost] : [];
  });
}

/** Which of its commands no policy decides in its place, and for whom. */
function lostWith(
  graph: SchemaGraph,
  journal: readonly Change[],
  table: Table,
  lost: TakenByCascade<Policy>,
  settings: Settings,
): LostPolicy | undefined {
  const { taken: policy } = lost;
  const undecided = commandsOf(policy).filter((each) => !isDecidedSince(journal, lost, each));
  const roles = new Set<string>();
  const commands = new Set<RowCommand>();
  const failing = new Set<Routine>();
  for (const { name, role, commands: granted } of clientAccess(graph, table, settings.clientRoles)) {
    if (!appliesTo(graph, policy, role)) continue;
    for (const command of undecided) {
      if (!granted.includes(command) || isOpenTo(graph, table, command, role) === policy.isPermissive) continue;
      const callers = { ...settings, clientRoles: [name] };
      const failed = policy.isPermissive ? failingWithout(graph, table, command, callers) : [];
      if (failed.length === 0 && policy.isPermissive && serving(graph, table, [command], callers)) continue;
      roles.add(name);
      commands.add(command);
      for (const each of failed) failing.add(each);
    }
  }
  return commands.size === 0
    ? undefined
    : { ...lost, table, roles: [...roles], commands: [...commands], failing: [...failing] };
}

function isOpenTo(graph: SchemaGraph, table: Table, command: RowCommand, role: Grantee): boolean {
  return policiesFor(graph, table, command, role).some((each) => each.isPermissive && !admitsNothing(each, command));
}

/** The functions by which clients do it with their own rights. */
function failingWithout(graph: SchemaGraph, table: Table, command: RowCommand, callers: Settings): readonly Routine[] {
  return writesTo(graph, table.id).flatMap(({ holder, write }) => {
    if (holder.kind !== 'function' || holder.security === 'definer' || write.kind !== command) return [];
    return apiCallers(graph, holder, callers).length > 0 ? [holder] : [];
  });
}

/** Was a policy of its kind made for the command since, even one that is gone by now: somebody has thought of it. */
function isDecidedSince(
  journal: readonly Change[],
  { taken, by }: TakenByCascade<Policy>,
  command: RowCommand,
): boolean {
  return policiesMadeFor(journal, taken.table).some(({ policy, by: making }) => {
    return (
      making.index > by.index && policy.isPermissive === taken.isPermissive && commandsOf(policy).includes(command)
    );
  });
}

/**
 * Was what it used made again after the CASCADE, or another policy that went with it? Then those who wrote it wanted another function, not another
 * schema. Not where a later file gave the table policies: it may be that this was all it was to have.
 */
function isForgotten(
  graph: SchemaGraph,
  journal: readonly Change[],
  { taken, by, used }: TakenByCascade<Policy>,
  all: readonly TakenByCascade<Policy>[],
): boolean {
  const isSeenLater = policiesMadeFor(journal, taken.table).some(
    (each) => each.by.migration.index > by.migration.index,
  );
  if (isSeenLater) return false;
  const isAfter = (making: Statement | undefined) => making !== undefined && making.index > by.index;
  return (
    used.some((each) => isAfter(bornBy(journal, madeAgain(graph, each)?.id ?? each.id))) ||
    all.some((other) => {
      if (other.by !== by) return false;
      return policiesMadeFor(journal, other.taken.table).some(
        (each) => each.policy.name === other.taken.name && isAfter(each.by),
      );
    })
  );
}

interface MadePolicy {
  readonly policy: Policy;
  readonly by: Statement;
}

const made = readOnce(policiesMadeIn);

/** All that were ever made for the table, in order. */
function policiesMadeFor(journal: readonly Change[], table: EntityId): readonly MadePolicy[] {
  const byTable = made(journal);
  return byTable.get(table) ?? [];
}

function policiesMadeIn(journal: readonly Change[]): ReadonlyMap<EntityId, readonly MadePolicy[]> {
  const byTable = new Map<EntityId, MadePolicy[]>();
  for (const change of journal)
    if (change.type === 'created' && change.after.kind === 'policy')
      addTo(byTable, change.after.table, { policy: change.after, by: change.by });
  return byTable;
}
