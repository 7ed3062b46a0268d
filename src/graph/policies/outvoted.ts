import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type Alternative, type AskedBeyond, alternativesOf, askedBeyond, isWithin } from './alternatives.ts';
import { beyondMembers } from './narrower-members.ts';
import { policyAudience } from './policy-audience.ts';
import type { RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/** A policy beside which another one asks for something in vain: permissive policies are joined by OR. */
export interface Outvote {
  readonly by: Policy;
  /** For these. */
  readonly commands: readonly RowCommand[];
  /** What is asked in vain, each once. */
  readonly asked: readonly BoundExpression[];
  /** Some of it is about the caller, not only about the row. */
  readonly asksCaller: boolean;
  /** All that the other one lets anybody have, this one lets them have where what it asks for holds: without the other, nobody loses a whole kind of rows. */
  readonly isReplaced: boolean;
  /** All that the other one does is to list more that will do, roles say: somebody wrote down each of them. */
  readonly isOfList: boolean;
}

/**
 * The policies that let the same roles have all that a permissive policy lets them have, without something it asks for: it decides
 * nothing then. Conditions that every user meets, and IS NULL, count for nothing.
 */
export function outvotesOf(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): readonly Outvote[] {
  if (!policy.isPermissive) return [];
  const audience = policyAudience(graph, policy, clientRoles);
  const commands = new Set(audience.flatMap((each) => each.commands));
  const members: Beyond = (one, other) => beyondMembers(graph, audience, one, other);
  return graph.ownedBy(policy.table, 'policy').flatMap((by): readonly Outvote[] => {
    if (by === policy || !by.isPermissive || !isForRolesOf(by, policy)) return [];
    const found = [...commands].flatMap((command) => {
      const asked = askedInVain(policy, by, command, members);
      return asked.length === 0 ? [] : [{ command, asked }];
    });
    // Who may manage rows is mostly one of those who may read them: reading is not what that policy is for.
    if (found.length === 0 || (policy.command === 'all' && found.every(({ command }) => command === 'select')))
      return [];
    const all = found.flatMap((each) => each.asked);
    const asks = all.some(
      ({ condition }) => asksCaller(graph, condition.tree, condition) || callsUsersFunction(graph, condition),
    );
    const asked = distinct(all.map((each) => each.asked));
    const clients = new Set(audience.map(({ name }) => name));
    const isReplaced =
      policyAudience(graph, by, clientRoles).every(({ name }) => clients.has(name)) &&
      found.every(({ command }) => hasNarrowerOfEach(policy, by, command, members));
    const isOfList = all.every((each) => each.isOfList === true);
    return [{ by, commands: found.map(({ command }) => command), asked, asksCaller: asks, isReplaced, isOfList }];
  });
}

/** Has the policy an alternative within each one of the other: not `is_listed` beside `is_listed or club_id in (my clubs)`? */
function hasNarrowerOfEach(policy: Policy, by: Policy, command: RowCommand, members: Beyond): boolean {
  return clausesFor(by, command).every((other, at) => {
    const clause = clausesFor(policy, command)[at] ?? null;
    if (clause === null || other === null) return false;
    const narrower = alternativesOf(clause);
    return alternativesOf(other).every((wide) =>
      narrower.some((one) => isWithin(one, wide) || members(one, wide) !== undefined),
    );
  });
}

function isForRolesOf(by: Policy, { roles }: Policy): boolean {
  return by.roles.includes('public') || roles.every((each) => by.roles.includes(each));
}

/** What the one asks for beyond the other; undefined where it is not within it. */
type Beyond = (one: Alternative, other: Alternative) => readonly AskedBeyond[] | undefined;

/** Empty also where the policy has an alternative that the other one has not. */
function askedInVain(policy: Policy, by: Policy, command: RowCommand, members: Beyond): readonly AskedBeyond[] {
  if (by.command !== 'all' && by.command !== command) return [];
  const pairs = clausesFor(policy, command).map((clause, at) => [clause, clausesFor(by, command)[at] ?? null] as const);
  const asked = pairs.map(([clause, other]) =>
    clause === null || other === null ? undefined : beyond(clause, other, members),
  );
  return asked.some((each) => each === undefined) ? [] : asked.flatMap((each) => each ?? []);
}

function clausesFor({ using, check }: Policy, command: RowCommand): readonly (BoundExpression | null)[] {
  if (command === 'insert') return [check ?? using];
  return command === 'update' ? [using, check ?? using] : [using];
}

/** Undefined where the one is not within the other. */
function beyond(clause: BoundExpression, other: BoundExpression, members: Beyond): readonly AskedBeyond[] | undefined {
  const others = alternativesOf(other);
  const found = alternativesOf(clause).map((each) => beyondEach(each, others, members));
  return found.some((each) => each === undefined) ? undefined : found.flatMap((each) => each ?? []);
}

function beyondEach(
  one: Alternative,
  others: readonly Alternative[],
  members: Beyond,
): readonly AskedBeyond[] | undefined {
  const wider = others.filter((each) => isWithin(one, each));
  const beyond =
    wider.length > 0
      ? wider.map((each) => askedBeyond(one, each))
      : others.map((each) => members(one, each)).filter((each) => each !== undefined);
  if (beyond.length === 0) return undefined;
  const asked = beyond.map((each) => each.filter(isWeighty));
  // Where one of them asks for as much, nothing is asked in vain.
  return asked.some((each) => each.length === 0) ? [] : (asked[0] ?? []);
}

function isWeighty({ asked }: AskedBeyond): boolean {
  return !('NullTest' in asked.tree) && !isOpenToSignedIn(asked);
}

function distinct(expressions: readonly BoundExpression[]): readonly BoundExpression[] {
  const byText = new Map(expressions.map((each) => [each.text.replace(/\s+/g, ' '), each]));
  return [...byText.values()];
}
