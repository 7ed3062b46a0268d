import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { belongingAsked, isState } from '../agreement/belongings.ts';
import { canonical } from '../binding/canonical.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller, callAsksCaller, functionAsksCaller } from '../caller/caller-source.ts';
import { askedStandings } from '../caller/caller-standing.ts';
import { isClosedToClients, isClosedToSignedOut } from '../caller/closed-conditions.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { wordsOf } from '../lexicon/words.ts';
import { ownColumns } from '../own-column.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction, callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { refusingTriggers, surelyRefused } from '../triggers/write-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { type Asked, askedTogether, isWithin, looksForMore, partOf } from './alternatives.ts';
import { admittingPolicies, asksForRowOfEveryone, openToRoles, policyAudience } from './policy-audience.ts';
import { restricts, waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';
import { namesTenant } from './tenant-columns.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/** Rows that a FOR ALL policy lets be deleted by those whom its WITH CHECK keeps from writing any. */
export interface DeletesPastCheck {
  readonly access: readonly ClientAccess[];
  /** What USING asks of such rows, as it is written there. */
  readonly conditions: readonly BoundExpression[];
}

/** One of the ways through a clause. */
interface Way extends Asked {
  readonly parts: readonly BoundExpression[];
}

/**
 * The way through USING by which rows can be deleted, but by which nobody can write: whoever passes WITH CHECK passes USING too, and each way through
 * WITH CHECK asks for a standing that this way does not ask for (is_staff()). DELETE asks only USING (docs, CREATE POLICY, table 300). None where
 * WITH CHECK only says what a new row may hold, where something else refuses the DELETE, or where another policy lets the same callers change or
 * delete rows.
 * @param tenants `settings.tenantColumns`
 */
export function deletesPastCheck(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
  tenants: readonly string[],
): DeletesPastCheck | undefined {
  const { using, check } = policy;
  if (!policy.isPermissive || policy.command !== 'all' || using === null || check === null) return undefined;
  if (foldBoolean(using.tree) !== undefined || foldBoolean(check.tree) !== undefined) return undefined;
  const [picked, written] = [waysWithText(using), waysWithText(check)];
  if (picked === undefined || written === undefined) return undefined;
  if (!written.every((each) => picked.some((one) => isWithin(each, one)))) return undefined;
  const table = graph.get('table', policy.table);
  if (isRefused(graph, table) || openToRoles(graph, policy, ['delete'], clientRoles).length > 0) return undefined;
  for (const way of picked) {
    if (!isForReading(graph, policy, way, written, tenants)) continue;
    const access = policyAudience(graph, policy, clientRoles).filter((each) => isLeft(graph, table, policy, each, way));
    if (access.length > 0) return { access, conditions: way.parts };
  }
  return undefined;
}

/** Does a trigger or rule refuse the DELETE, of every row or by who calls? One that refuses it for some rows leaves the others. */
function isRefused(graph: SchemaGraph, table: Table): boolean {
  if (surelyRefused(graph, table.id).has('delete')) return true;
  if (graph.ownedBy(table.id, 'rewriteRule').some((each) => each.event === 'delete')) return true;
  return refusingTriggers(graph, table, 'delete').some(({ function: id }) => {
    const called = id === null ? undefined : graph.find(id);
    return called?.kind !== 'function' || functionAsksCaller(graph, called) !== false;
  });
}

function waysWithText(clause: BoundExpression): readonly Way[] | undefined {
  return waysOf(clause)?.map((parts) => ({
    parts: parts.map(({ tree }) => partOf(clause, tree)),
    ...askedTogether(
      clause,
      parts.map(({ tree }) => tree),
    ),
  }));
}

/** What the way does not ask for. */
function beyond(way: Way, { conditions }: Way): readonly BoundExpression[] {
  return way.parts.filter((each) => !conditions.has(canonical(each.tree, each, String)));
}

/**
 * Does the way pick rows by whose they are or what they hold, for callers who need not be any of those that may write? Where each way of writing asks
 * the same of the row and more of the caller, only of rows of a whole tenant: what is a user's own may well be deleted by whoever may no longer add any.
 */
function isForReading(
  graph: SchemaGraph,
  policy: Policy,
  way: Way,
  written: readonly Way[],
  tenants: readonly string[],
): boolean {
  if (!written.every((each) => needsStanding(graph, policy, each, way))) return false;
  const narrower = written.filter((each) => isWithin(each, way));
  const apart = narrower.length === 0 ? way.parts : [];
  const ties = tiesOf(graph, way);
  if (ties === undefined) return false;
  if (narrower.length > 0) {
    if (ties.length === 0) return false;
    if (ties.every((each) => namesTenant(graph, graph.get('column', each), tenants))) return true;
    const isByRank = (each: Way) => beyond(each, way).some((part) => isRankedLookup(graph, policy, part, way));
    return narrower.every(isByRank) && isShared(graph, policy, way);
  }
  // `teacher_id = auth.uid()` beside a helper that looks for teachers: those may write.
  const words = ties.flatMap((each) => wordsOf(graph.get('column', each).name)).filter((each) => !PLAIN.has(each));
  const asked = written.flatMap((each) => beyond(each, way));
  return apart.length > 0 && !words.some((word) => asked.some((part) => isMentioned(graph, part, word)));
}

/** Does it ask to belong to something that several belong to, and for nothing more? */
function isShared(graph: SchemaGraph, policy: Policy, { parts }: Way): boolean {
  const asked = parts.map((each) => belongingAsked(graph, policy, each));
  const members = asked.flatMap((each) => each ?? []).flatMap((each) => each.members);
  const isKnown = members.every((each) => {
    const table = graph.find(each);
    return table?.kind === 'table' && table.isAssumed !== true;
  });
  return !asked.includes(undefined) && members.length > 0 && isKnown;
}

const PLAIN = new Set(['id', 'ids', 'uid', 'uuid', 'user', 'users', 'by', 'to', 'owner', 'profile', 'account', 'auth']);

/**
 * The columns that the way ties to the caller; none where it asks nothing of the caller. Undefined where it asks for a standing itself, or that
 * cannot be told.
 */
function tiesOf(graph: SchemaGraph, { parts }: Way): readonly EntityId[] | undefined {
  const ties = new Set<EntityId>();
  for (const part of parts) {
    const comparisons = callerComparisons(graph, part);
    const isTie = comparisons.some(({ via }) => via === 'value' || (via === 'membership' && !namesConstant(part)));
    if (isTie) for (const { column } of comparisons) ties.add(column);
    else if (!isOpenToSignedIn(part) && asksAnything(graph, part)) return undefined;
  }
  return [...ties];
}

function asksAnything(graph: SchemaGraph, part: BoundExpression): boolean {
  return (
    asksCaller(graph, part.tree, part) ||
    callsUsersFunction(graph, part) ||
    anyNode(part.tree, (_, tag) => tag === 'RangeVar')
  );
}

/** `role = 'owner'` in a subselect: it asks for more than that the row is one of the caller's. */
function namesConstant({ tree }: BoundExpression): boolean {
  return anyNode(tree, (node) => fieldsOf(node, 'A_Const')?.sval !== undefined);
}

/** Does a way of writing ask the caller for more than the way of reading does, and that whatever the row? */
function needsStanding(graph: SchemaGraph, policy: Policy, writing: Way, reading: Way): boolean {
  return beyond(writing, reading).some((part) => {
    if (isRankedLookup(graph, policy, part, reading)) return true;
    if (isOpenToSignedIn(part) || asksForRowOfEveryone(graph, part)) return false;
    if (isHelperOfRow(graph, part)) return !isWithin(writing, reading);
    return asksCaller(graph, part.tree, part) && isAboutNoRow(part);
  });
}

/** Does it look for the caller where reading does as well, and asks for a role there, which reading does not? */
function isRankedLookup(graph: SchemaGraph, policy: Policy, part: BoundExpression, reading: Way): boolean {
  const [lookup] = askedTogether(part, [part.tree]).lookups;
  if (lookup === undefined || !reading.lookups.some((each) => looksForMore(lookup, each))) return false;
  return askedStandings(graph, policy, part).some((each) => each.by === 'value' && !isState(graph, each));
}

/** Does it name no column of the row? Of a table that nothing made the columns are not known, and a bare name may be the row's. */
function isAboutNoRow(part: BoundExpression): boolean {
  const isUnknown = (node: Node): boolean => {
    const reference = fieldsOf(node, 'ColumnRef');
    return reference !== undefined && stringsOf(reference.fields).length > 0 && !part.meanings.has(reference);
  };
  return ownColumns(part.tree, part).size === 0 && !anyNode(part.tree, isUnknown);
}

/** A helper that looks for the caller among those who may write a row of its kind: `can_edit(course_id)`, not `is_member(team_id)`. */
function isHelperOfRow(graph: SchemaGraph, part: BoundExpression): boolean {
  const [call, called] = [fieldsOf(part.tree, 'FuncCall'), calledFunction(graph, part.tree, part)];
  if (call === undefined || called === undefined || !isUsersOwn(graph, called)) return false;
  if (ownColumns(part.tree, part).size === 0) return false;
  const isForMany = wordsOf(called.name.name).some((each) => FOR_MANY.has(each));
  return !isForMany && callAsksCaller(graph, called, call) === true;
}

const FOR_MANY = new Set([
  ...['member', 'members', 'membership', 'participant', 'participants', 'belongs', 'access', 'accessible', 'same'],
  ...['view', 'read', 'see', 'viewer', 'own', 'owns', 'owner', 'in', 'user', 'part', 'joined', 'subscribed'],
]);

/** Is the word written in the condition, or in a body of what it calls? */
function isMentioned(graph: SchemaGraph, part: BoundExpression, word: string): boolean {
  if (part.text.toLowerCase().includes(word)) return true;
  const seen = new Set<EntityId>();
  const open: EntityId[] = [];
  anyNode(part.tree, (node: Node) => {
    const called = calledFunction(graph, node, part);
    if (called !== undefined) open.push(called.id);
    return false;
  });
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const called = graph.find(id);
    if (seen.has(id) || called?.kind !== 'function' || !isUsersOwn(graph, called)) continue;
    seen.add(id);
    if (called.body?.text.toLowerCase().includes(word) === true) return true;
    open.push(...routineShape(graph, called).calls);
  }
  return false;
}

/** Does the role get that far, and does nothing else forbid it or let it write as well? */
function isLeft(graph: SchemaGraph, table: Table, policy: Policy, access: ClientAccess, way: Way): boolean {
  const { name, role, commands } = access;
  if (!commands.includes('delete') || !commands.includes('update')) return false;
  const isClosed = name === 'anon' ? isClosedToSignedOut : isClosedToClients;
  if (way.parts.some((each) => foldBoolean(each.tree) !== undefined || isClosed(graph, each))) return false;
  // Nothing is theirs who have not signed in, as far as can be told.
  if (name === 'anon' && way.parts.some((each) => asksAnything(graph, each))) return false;
  if (policiesFor(graph, table, 'delete', role).some((each) => restricts(each, 'delete'))) return false;
  return (['update', 'delete'] as const).every((command) =>
    admittingPolicies(graph, table, command, access).every((each) => {
      const clause = command === 'update' ? (each.check ?? each.using) : each.using;
      if (each === policy || clause === null) return true;
      return waysWithText(clause)?.every((one) => needsStanding(graph, policy, one, way)) === true;
    }),
  );
}
