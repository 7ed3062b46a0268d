import { unlikeSides } from '../../sql/equality.ts';
import { authorColumns } from '../agreement/self-approval.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { asksBy, type Standing, standingsIn, standingsThrough } from '../caller/caller-standing.ts';
import { ownedKeyAsked } from '../caller/owned-keys.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import { hasUniqueKeyOf, isUniqueAlone } from '../indexes/index-keys.ts';
import { columnsWithRole, hasRole } from '../lexicon/column-roles.ts';
import { consentValues } from '../lexicon/consent-values.ts';
import { MEMBERS_TERMS } from '../lexicon/group-names.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { columnsNamed } from '../own-column.ts';
import { rowHelper } from '../policies/helper-conditions.ts';
import { openToRoles } from '../policies/policy-audience.ts';
import { clausesOf, waysOf } from '../policies/policy-clauses.ts';
import { ROW_COMMANDS } from '../policies/row-security.ts';
import { constantOf, constantText } from '../query-shapes/operand.ts';
import { NULL } from '../query-shapes/query.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { SignUpChoice } from '../sign-up/sign-up-choices.ts';
import { typeClass } from '../types/type-class.ts';
import { writtenFor } from '../values/generated-from.ts';
import { madeBefore } from './deleted-own.ts';
import { timedPlan } from './free-plan.ts';
import { isLeftTo, type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';
import { quotaRoutines } from './quota-columns.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** What policies decide by and this write leaves to the client, in a row that is the client's for those policies. Of a generated column that is what it is computed from. */
export function freeStandings(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  write: OwnRowWrite,
  standings: readonly Standing[],
  clientRoles: readonly string[],
): readonly Standing[] {
  const isAnswer = write.command === 'update' && isByOther(graph, table, write, clientRoles);
  const softDeleted = new Set(columnsWithRole(graph, table.id, 'softDelete').map(({ id }) => id));
  return standings.flatMap((standing): readonly Standing[] => {
    const { user, values, isOfItself } = standing;
    const column = graph.get('column', standing.column);
    // Whoever makes a group opens that group by it, and what each group is by default nobody has to be granted.
    if (isOfItself && isMetByDefault(graph, standing) === true) return [];
    if (isAnswer && isConsent(graph, column, values)) return [];
    const isOwn = write.tied.includes(user) || write.leavesFree(graph.get('column', user));
    if (!isOwn || softDeleted.has(column.id) || isKeyOfRow(graph, column)) return [];
    // The row is there before the client can add one, and stays: insert-policy-on-provisioned-table.
    const made = write.command === 'insert' ? madeBefore(graph, table, write, [user]) : undefined;
    if (made !== undefined && made.deletedBy === undefined) return [];
    const written = writtenFor(graph, column);
    if (!written.every((each) => write.leavesFree(each) && (each === column || !isKeyOfRow(graph, each)))) return [];
    return written.map(({ id }) => ({ ...standing, column: id }));
  });
}

/** What a write leaves to clients that a function of the user's looks at by other columns, and which function. */
export interface HelpedWrite {
  readonly write: OwnRowWrite;
  readonly helper: EntityOf<'function'>;
  readonly free: readonly Standing[];
}

/**
 * The same where a function of the user's has to agree that is not given the column: `user_id = auth.uid() and may(room_id, auth.uid())` says nothing of
 * note_id. Not where the policies ask for a column that the function is given as well (who makes a room is meant to be its first owner), or a key ties the two.
 */
export function helpedStandings(
  graph: SchemaGraph,
  policy: Policy,
  standings: readonly Standing[],
  clientRoles: readonly string[],
): readonly HelpedWrite[] {
  const table = graph.get('table', policy.table);
  const helperOf = (part: BoundExpression) => rowHelper(graph, part, table.id);
  const isMet = (part: BoundExpression) => helperOf(part) !== undefined;
  return ownRowWrites(graph, policy, clientRoles, isMet).flatMap((write): readonly HelpedWrite[] => {
    const helper = write.way.map(helperOf).find((each) => each !== undefined);
    const given = new Set(write.way.filter(isMet).flatMap((each) => [...columnsNamed(each)]));
    const free = freeStandings(graph, table, write, standings, clientRoles).filter(({ column, query }) => {
      if (standings.some((each) => each.query === query && given.has(each.column))) return false;
      return !graph
        .foreignKeysOf(graph.get('column', column))
        .some(({ columns }) => columns.some((each) => given.has(each)));
    });
    return helper === undefined || free.length === 0 ? [] : [{ write, helper, free }];
  });
}

/**
 * The same of rows that are the caller's by the key of another: `deck_id in (select id from decks where owner_id = auth.uid())` says whose the deck is, and
 * nothing of card_id, by which policies of cards let in whoever has a deck with that card.
 */
export function ownedStandings(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): readonly { readonly write: OwnRowWrite; readonly free: readonly Standing[] }[] {
  const standings = standingsThrough(graph, policy.table).filter(
    (each) => each.policy !== policy && decides(graph, each.policy, clientRoles),
  );
  if (standings.length === 0) return [];
  const table = graph.get('table', policy.table);
  const isTie = (part: BoundExpression) => ownedKeyAsked(graph, part) !== undefined;
  return ownRowWrites(graph, policy, clientRoles, isTie, isTie).flatMap((write) => {
    const owned = write.way.flatMap((each) => ownedKeyAsked(graph, each) ?? []);
    const tied = { ...write, tied: [...write.tied, ...owned.map(({ column }) => column)] };
    const asked = standings.filter(({ user, through }) =>
      owned.some((each) => each.column === user && each.through === through),
    );
    const free = freeStandings(graph, table, tied, asked, clientRoles);
    return free.length === 0 ? [] : [{ write: tied, free }];
  });
}

/**
 * A key names the row itself: nobody can take that of another. An address is one of a person who need not have a row yet, such as somebody who was
 * invited.
 */
function isKeyOfRow(graph: SchemaGraph, column: Column): boolean {
  return isUniqueAlone(graph, column) && !hasRole(graph, column, 'email');
}

/** Does it change rows that the caller cannot have added: requests to the caller, which are there to be answered? */
function isByOther(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  { tied }: OwnRowWrite,
  clientRoles: readonly string[],
): boolean {
  const authors = authorColumns(graph, table, clientRoles);
  return !tied.some((each) => authors.has(each));
}

/** Is the only value asked for the one by which a row that waits is accepted? */
function isConsent(graph: SchemaGraph, column: Column, values: readonly string[]): boolean {
  return values.length === 1 && consentValues(graph, column)?.agreed === values[0];
}

/**
 * Does a policy let somebody in by these standings alone: on one of the ways through it they are all that it asks of the caller?
 * False also where it has too many ways.
 */
export function decidesAlone(graph: SchemaGraph, policy: Policy, free: readonly Standing[]): boolean {
  const queries = new Set(free.filter((each) => each.policy === policy).map(({ query }) => query));
  const holds = (part: BoundExpression) => asksBy(graph, part, queries);
  return clausesOf(policy).some(({ expression }) =>
    (waysOf(expression) ?? []).some((way) => {
      const others = way.filter((part) => !holds(part));
      return others.length < way.length && others.every((part) => isOpenToSignedIn(part) || !asks(graph, part));
    }),
  );
}

export function asks(graph: SchemaGraph, part: BoundExpression): boolean {
  return asksCaller(graph, part.tree, part) || callsUsersFunction(graph, part);
}

/**
 * The columns by whose defaults a new row is what a policy asks for, so that it lets in whoever adds one; null where that cannot be told. Whom the row is
 * about (`followed_id = visits.user_id`) its author says.
 */
export function enoughByDefault(
  graph: SchemaGraph,
  write: OwnRowWrite,
  free: readonly Standing[],
  standings: readonly Standing[],
): readonly Column[] | null {
  const together = free.map((each) =>
    standings.filter(({ query, user }) => query === each.query && user === each.user),
  );
  const isMet = (each: Standing) =>
    each.by === 'row' ? isAnybody(graph, write, graph.get('column', each.column)) : isMetByDefault(graph, each);
  const met = together.map((all) => all.map(isMet));
  const sure = together.find((_, at) => met[at]?.every((each) => each === true));
  if (sure !== undefined) {
    const byDefault = sure.filter(({ by }) => by === 'value').map(({ column }) => column);
    return [...new Set(byDefault)].map((id) => graph.get('column', id));
  }
  return met.some((all) => all.every((each) => each !== false)) ? null : [];
}

/** May whoever adds the row name anybody there, but perhaps for one: `followed_id <> auth.uid()`? Undefined where more is asked of it. */
function isAnybody(graph: SchemaGraph, { way, access, leavesFree }: OwnRowWrite, column: Column): boolean | undefined {
  if (leavesFree(column)) return true;
  const naming = way.filter((each) => columnsNamed(each).has(column.id));
  const isOfOthers = naming.length > 0 && naming.every(({ tree }) => unlikeSides(tree).length > 0);
  const isLeft = access.some((each) => isLeftTo(graph, graph.get('table', column.relation), column, 'insert', each));
  return isLeft ? isOfOthers || undefined : false;
}

/** Undefined where it is generated, or has a default and what is asked is not just one of some constants. */
function isMetByDefault(graph: SchemaGraph, { column, by, values }: Standing): boolean | undefined {
  const { default: given, generated } = graph.get('column', column);
  if (by === 'row') return false;
  if (generated !== null) return undefined;
  if (given === null) return false;
  if (constantOf(given.tree) === NULL) return false;
  const constant = constantText(given.tree);
  // A flag that is off and a count of nothing let nobody in, as a rule.
  if (values.length === 0) return constant === 'false' || constant === '0' ? false : undefined;
  return constant === null ? undefined : values.includes(constant);
}

/**
 * What an UPDATE of the one row that is the client's leaves to the client, although its name says that the server is to decide it, or a function refuses what
 * is more than it says; of other rows the plan that starts for nothing and lasts for some time.
 */
export function freeEntitlements(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  { command, tied, leavesFree, access }: OwnRowWrite,
  names: NamePatterns,
): readonly Column[] {
  if (command !== 'update' || tied.length === 0) return [];
  const columns = graph.columns(table.id).filter((each) => leavesFree(each));
  const named = columns.filter((each) => isNamed(each.name, names));
  const isAlone = tied.some((id) => isUniqueAlone(graph, graph.get('column', id)));
  // The one row of a user in a group that the token names.
  const isInGroup = !isAlone && hasUniqueKeyOf(graph, table.id, new Set(tied));
  if (isAlone || isInGroup)
    return columns.filter(
      (each) =>
        named.includes(each) ||
        (isInGroup && isNamed(each.name, MEMBERS_TERMS)) ||
        quotaRoutines(graph, each, access).length > 0,
    );
  return named.flatMap((each) => timedPlan(graph, each)).filter((each) => leavesFree(each));
}

/** By what other policies decide that look into the rows of the policy's table. */
export function standingsBeside(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): readonly Standing[] {
  return standingsIn(graph, policy.table).filter(
    (each) => each.policy !== policy && decides(graph, each.policy, clientRoles),
  );
}

/** What policies that are not open to everybody otherwise look for in the new user's row, where the choice is free to be that. */
export function chosenStandings(
  graph: SchemaGraph,
  { column, users, admits }: SignUpChoice,
  clientRoles: readonly string[],
): readonly Standing[] {
  if (isUniqueAlone(graph, column)) return [];
  if (columnsWithRole(graph, column.relation, 'softDelete').some(({ id }) => id === column.id)) return [];
  const isKey = typeClass(graph, column.type) === 'uuid';
  return standingsIn(graph, column.relation)
    .filter(
      (each) => each.column === column.id && users.includes(each.user) && decides(graph, each.policy, clientRoles),
    )
    .filter(({ values }) => admits(isKey ? [] : values))
    .map((each) => (isKey ? { ...each, by: 'row' } : each));
}

/** Does the policy decide anything: not where another one lets every user, or each in a row of his own, do the same. */
export function decides(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): boolean {
  const commands = policy.command === 'all' ? ROW_COMMANDS : [policy.command];
  const others = graph.ownedBy(policy.table, 'policy').filter((each) => each !== policy && each.isPermissive);
  return !commands.every((command) =>
    others.some((each) => {
      const isOpen = openToRoles(graph, each, [command], clientRoles).some(({ name }) => name === 'authenticated');
      return (
        isOpen ||
        (command === 'insert' && ownRowWrites(graph, each, clientRoles).some((write) => write.command === command))
      );
    }),
  );
}
