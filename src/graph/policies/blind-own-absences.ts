import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { tiesAsked } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { opaqueRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { refusingTriggers } from '../triggers/write-guards.ts';
import { type Absence, absenceIn, isBlind, seeks } from './blind-absences.ts';
import { admittingPolicies, policyAudience } from './policy-audience.ts';
import { waysOf } from './policy-clauses.ts';
import type { RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/** A policy that lets users have, change or delete a row of their own only while nothing of others hangs on it, but looks for that with their own rights. */
export interface BlindOwnAbsence {
  readonly command: Exclude<RowCommand, 'insert'>;
  readonly access: readonly ClientAccess[];
  readonly clause: BoundExpression;
  readonly absence: Absence;
  /** By what they see rows of the table that is looked into; empty where they see none. */
  readonly showing: readonly Policy[];
  /** The key by which those rows go with the row that is deleted. */
  readonly cascading: EntityOf<'foreignKey'> | undefined;
}

/**
 * `using (owner_id = auth.uid() and not exists (select from purchases …))`, where purchases are shown to whoever bought: the owner sees none of them. Not where
 * the rows looked for can only be the owner's own, a key or a trigger refuses the DELETE anyway, or more is asked than whose row it is.
 */
export function blindOwnAbsence(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): BlindOwnAbsence | undefined {
  const { using: clause, command, isPermissive } = policy;
  if (!isPermissive || clause === null || command === 'insert' || command === 'all') return undefined;
  if (!anyNode(clause.tree, seeks)) return undefined;
  const audience = policyAudience(graph, policy, clientRoles).filter(({ commands }) => commands.includes(command));
  for (const way of waysOf(clause) ?? []) {
    const [absence, another] = way.flatMap((part) => absenceIn(graph, part) ?? []);
    if (absence === undefined || another !== undefined || absence.table.id === policy.table) continue;
    if (absence.pairs.length === 0 || absence.callers.length > 0) continue;
    const rest = way.filter((part) => part !== absence.condition && !isOpenToSignedIn(part));
    const asked = rest.map((part) => tiesAsked(graph, part));
    const tied = asked.flatMap((each) => each ?? []);
    if (asked.includes(undefined) || tied.length === 0) continue;
    const access = audience.filter((each) => isBlind(graph, absence.table, each, new Set()));
    const [first] = access;
    if (first === undefined) continue;
    const showing = admittingPolicies(graph, absence.table, 'select', first);
    if (!mayBeOfOthers(graph, policy, absence, showing, tied)) continue;
    const key = keyTo(graph, policy, absence);
    if (command === 'delete' && isRefused(graph, policy, key)) continue;
    const cascading = command === 'delete' && key?.onDelete === 'cascade' ? key : undefined;
    return { command, access, clause, absence, showing, cascading };
  }
  return undefined;
}

function keyTo(graph: SchemaGraph, { table }: Policy, { table: looked, pairs }: Absence) {
  return graph
    .ownedBy(looked.id, 'foreignKey')
    .find(
      ({ referencedTable, columns, parent }) =>
        referencedTable === table && parent === null && columns.every((id) => pairs.some(({ own }) => own.id === id)),
    );
}

function isRefused(graph: SchemaGraph, policy: Policy, key: EntityOf<'foreignKey'> | undefined): boolean {
  if (key?.onDelete === 'restrict' || key?.onDelete === 'no action') return true;
  return refusingTriggers(graph, graph.get('table', policy.table), 'delete').length > 0;
}

/**
 * Can there be rows that belong to somebody else than whose row it is: those that no policy shows, those of which there is one for each of several people,
 * and those that say by a column of another name whose they are, where nobody has to own the row to add them?
 */
function mayBeOfOthers(
  graph: SchemaGraph,
  policy: Policy,
  { table, pairs }: Absence,
  showing: readonly Policy[],
  tied: readonly EntityId[],
): boolean {
  if (showing.length === 0) return opaqueRoutines(graph).length === 0;
  const own = new Set(pairs.map((pair) => pair.own.id));
  const people = showing.flatMap(({ using }) =>
    using === null ? [] : callerComparisons(graph, using).map(({ column }) => column),
  );
  const isOnePerPerson = graph
    .ownedBy(table.id, 'index')
    .some(
      ({ isUnique, keys }) =>
        isUnique &&
        keys.some(({ column }) => column !== null && own.has(column)) &&
        keys.some(({ column }) => column !== null && !own.has(column) && isOfPerson(graph, column)),
    );
  if (isOnePerPerson) return true;
  const names = new Set(tied.map((id) => graph.get('column', id).name));
  const isOtherName =
    people.length > 0 && people.every((id) => !own.has(id) && !names.has(graph.get('column', id).name));
  return isOtherName && !graph.ownedBy(table.id, 'policy').some((each) => asksForParent(each, policy.table));
}

/** Is the column whose the row is, as far as a policy of the table compares it with who calls? */
function isOfPerson(graph: SchemaGraph, id: EntityId): boolean {
  const { relation } = graph.get('column', id);
  const policies = graph.ownedBy(relation, 'policy');
  return policies.some(({ using, check }) =>
    [using, check].some(
      (clause) => clause !== null && callerComparisons(graph, clause).some(({ column }) => column === id),
    ),
  );
}

/** Does whoever adds such a row have to do with the row that it refers to? */
function asksForParent({ command, check, using }: Policy, parent: EntityId): boolean {
  const clause = command === 'insert' || command === 'all' ? (check ?? using) : null;
  return clause?.references.some(({ kind, target }) => kind === 'relation' && target === parent) === true;
}
