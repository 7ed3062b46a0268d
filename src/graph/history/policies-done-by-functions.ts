import { askedByRoles } from '../asked-once.ts';
import { functionAsksCaller } from '../caller/caller-source.ts';
import { resultKind } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Change } from '../journal.ts';
import { admitsNothing } from '../policies/policy-clauses.ts';
import type { RowCommand } from '../policies/row-security.ts';
import { commandsOf } from '../policies/unreached-policies.ts';
import { apiCallers } from '../privileges/api-calls.ts';
import { definerWriters } from '../privileges/definer-writers.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type RevokedBefore, revokedBefore } from './revoked-before.ts';

type Routine = EntityOf<'function'>;
type Settings = Parameters<typeof apiCallers>[2];

/** A policy that no client comes to, as an earlier file took the right from them, and a function does for them what the policy is about. */
export interface ServedPolicy {
  readonly policy: EntityOf<'policy'>;
  readonly revoked: RevokedBefore;
  /** With its owner's rights. */
  readonly routine: Routine;
}

/** All of them: to close tables and to open functions is one decision. */
export function servedPolicies(
  graph: SchemaGraph,
  journal: readonly Change[],
  settings: Settings,
): readonly ServedPolicy[] {
  return allServed(graph, journal, settings.clientRoles, settings);
}

const allServed = askedByRoles((graph, journal: readonly Change[], _, settings: Settings): readonly ServedPolicy[] =>
  graph.ofKind('policy').flatMap((each) => servedPolicy(graph, journal, each, settings)),
);

function servedPolicy(
  graph: SchemaGraph,
  journal: readonly Change[],
  policy: EntityOf<'policy'>,
  settings: Settings,
): readonly ServedPolicy[] {
  const table = graph.find(policy.table);
  if (table?.kind !== 'table' || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
  if (commandsOf(policy).every((each) => admitsNothing(policy, each))) return [];
  const revoked = revokedBefore(graph, journal, policy, settings.clientRoles);
  if (revoked === undefined) return [];
  const routine = serving(graph, table, commandsOf(policy), { ...settings, clientRoles: revoked.roles });
  return routine === undefined ? [] : [{ policy, revoked, routine }];
}

/** The SECURITY DEFINER function by which these roles do one of the commands to rows of the table, or read them, without the right to. */
export function serving(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  commands: readonly RowCommand[],
  callers: Settings,
): Routine | undefined {
  const [writer] = definerWriters(graph, table, commands, callers);
  return writer ?? (commands.includes('select') ? readerOf(graph, table, callers) : undefined);
}

/**
 * The SECURITY DEFINER function that gives one of the roles rows of the table, by who calls, and does not only look at them for something else that it does.
 * One for everybody, who brings a code, is not there for those whom the policy is for.
 */
function readerOf(graph: SchemaGraph, table: EntityOf<'table'>, settings: Settings): Routine | undefined {
  return userRoutines(graph).find(
    (routine) =>
      routine.security === 'definer' &&
      givesRows(routine) &&
      !isUnderRowSecurity(graph, routine.owner, table) &&
      isReading(graph, routine, table) &&
      functionAsksCaller(graph, routine) === true &&
      apiCallers(graph, routine, settings).length > 0,
  );
}

function givesRows(routine: Routine): boolean {
  const kind = resultKind(routine);
  if (kind === 'set' || kind === 'table' || kind === 'output') return true;
  const type = routine.returns?.name;
  return kind === 'value' && (type?.schema !== 'pg_catalog' || type.name === 'json' || type.name === 'jsonb');
}

function isReading(graph: SchemaGraph, routine: Routine, table: EntityOf<'table'>): boolean {
  const { queries } = routineShape(graph, routine);
  if (queries.some(({ writes }) => writes.length > 0)) return false;
  return queries.some(
    ({ role, sources }) => role !== 'subselect' && sources.some(({ relation }) => relation === table.id),
  );
}
