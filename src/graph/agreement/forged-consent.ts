// Long because a row is agreed to in three ways, of a row that is there and of a new one, and because what other rules say of the policy is left to them.

import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import { callsOf } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { columnsNamed } from '../own-column.ts';
import { carriedGrant } from '../own-rows/carried-grant.ts';
import { freeStandings, standingsBeside } from '../own-rows/free-standings.ts';
import { isLeftTo, ownRowWrites } from '../own-rows/own-row-writes.ts';
import { asksByTrigger } from '../policies/callerless-writes.ts';
import { excludesValue } from '../policies/excluded-value.ts';
import { isOpenFor, policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, sidedWays } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import { listedEqualities } from '../query-shapes/column-tests.ts';
import { columnMeaning, constantOf } from '../query-shapes/operand.ts';
import type { Query } from '../query-shapes/query.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';
import { awaitedDecisions, readersOf } from './awaited-decision.ts';
import { rewrittenRow } from './rewritten-rows.ts';
import { authorWrites } from './self-approval.ts';
import { type PartyWay, partyWays, type TwoParties, twoParties } from './two-parties.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A row to which two have to agree, and in which one of them may name anybody as the other. */
export interface ForgedConsent extends TwoParties {
  readonly policy: Policy;
  /** In a row that is there, or in a new one. */
  readonly command: 'insert' | 'update';
  readonly access: readonly ClientAccess[];
  /** As which of the two the caller may do so. */
  readonly kept: readonly Column[];
  /** How the row is agreed to: the caller sets that, another policy lets them do so afterwards, or it is already. */
  readonly agreeing: 'set' | 'already' | Policy;
  /** The policy lets nobody else change or add rows. */
  readonly isSole: boolean;
  /** Of new rows: it would do to ask that the caller is the one who asks and that the row is as it is by default. */
  readonly isAskingEnough: boolean;
  /** By what, perhaps through a function, such rows let in to what is the other's. */
  readonly readers: readonly Policy[];
}

/**
 * Not what self-approved-row or recipient-may-rewrite say of the same policy, nor where something of the caller is asked by a trigger. Where the names
 * do not tell that the two columns are for each other, only where others go by such rows.
 */
export function forgedConsents(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
  knownValues: (column: Column) => readonly string[],
): readonly ForgedConsent[] {
  const parties = twoParties(graph, table, knownValues);
  if (parties === undefined) return [];
  return graph.ownedBy(table.id, 'policy').flatMap((policy): readonly ForgedConsent[] => {
    if (!policy.isPermissive) return [];
    const audience = policyAudience(graph, policy, clientRoles).filter(({ name }) => name !== 'anon');
    const found =
      addedConsent(graph, policy, table, parties, audience, clientRoles) ??
      changedConsent(graph, policy, table, parties, audience, clientRoles);
    if (found === undefined || isToldOf(graph, policy, parties, found.command, clientRoles, knownValues)) return [];
    const readers = readersBetween(graph, parties, found.kept);
    return parties.isNamed || readers.length > 0 ? [{ ...parties, ...found, policy, readers }] : [];
  });
}

type Found = Pick<ForgedConsent, 'command' | 'access' | 'kept' | 'agreeing' | 'isSole' | 'isAskingEnough'>;

function changedConsent(
  graph: SchemaGraph,
  policy: Policy,
  table: Table,
  parties: TwoParties,
  audience: readonly ClientAccess[],
  clientRoles: readonly string[],
): Found | undefined {
  const { using, check } = policy;
  const { status, values } = parties;
  const reached = audience.filter(({ commands }) => commands.includes('update'));
  if (using === null || reached.length === 0 || isHeld(graph, table, 'update')) return undefined;
  const before = partyWays(graph, parties, using);
  const after = check === null ? before : partyWays(graph, parties, check);
  const { authors } = authorWrites(graph, table, status, clientRoles);
  const isBoths = parties.columns.every(({ id }) => authors.has(id));
  const found = after.flatMap((way): readonly FoundWay[] => {
    const { kept, other } = way;
    const access = reached.filter((each) => {
      const isKept = before.some((one) => one.kept === kept || isLeftTo(graph, table, kept, 'update', each));
      const isFree = way.isOtherFree && isLeftTo(graph, table, other, 'update', each);
      return isKept && isFree && isSeen(graph, table, parties, way, each);
    });
    if (access.length === 0 || !admits(way, status, values.agreed)) return [];
    if (access.some((each) => isLeftTo(graph, table, status, 'update', each)))
      // That who asked also agrees is self-approved-row's.
      return authors.has(kept.id) && !isBoths ? [] : [{ access, kept, agreeing: 'set' }];
    const isClosed = access.every(({ role }) => !mayColumn(graph, role, status, 'w'));
    const isThere = values.agreed !== undefined && before.some((one) => admits(one, status, values.agreed));
    return isClosed && isThere ? [{ access, kept, agreeing: 'already' }] : [];
  });
  const isSole = before.length === sidedWays(using)?.length;
  return joined(found, { command: 'update', isSole, isAskingEnough: false });
}

/** Whoever was asked adds the row, where either of the two may. */
function addedConsent(
  graph: SchemaGraph,
  policy: Policy,
  table: Table,
  parties: TwoParties,
  audience: readonly ClientAccess[],
  clientRoles: readonly string[],
): Found | undefined {
  const { status, values, asking } = parties;
  const clause = decidingClause(policy, 'insert');
  const reached = audience.filter(({ commands }) => commands.includes('insert'));
  if (clause === null || reached.length === 0 || isHeld(graph, table, 'insert')) return undefined;
  const policies = graph.ownedBy(table.id, 'policy').filter(({ isPermissive }) => isPermissive);
  const adding = policies.flatMap((each) => partyWays(graph, parties, decidingClause(each, 'insert')));
  if (!parties.columns.every((each) => adding.some(({ kept }) => kept === each))) return undefined;
  const ways = partyWays(graph, parties, clause);
  const found = ways.flatMap((way): readonly FoundWay[] => {
    const { kept, other } = way;
    const access = reached.filter((each) => isLeftTo(graph, table, other, 'insert', each));
    if (kept === asking || !way.isOtherFree || access.length === 0) return [];
    const isSet = access.some((each) => isLeftTo(graph, table, status, 'insert', each));
    if (isSet && admits(way, status, values.agreed)) return [{ access, kept, agreeing: 'set' }];
    const agreeing = acceptedBy(graph, table, parties, kept, access, clientRoles);
    return agreeing === undefined ? [] : [{ access, kept, agreeing }];
  });
  const isSole = ways.length === sidedWays(clause)?.length;
  const isBare = ways.every(({ conditions: [, more] }) => more === undefined);
  const isAskingEnough =
    asking !== undefined &&
    isSole &&
    isBare &&
    acceptedBy(graph, table, parties, asking, reached, clientRoles) === undefined;
  return joined(found, { command: 'insert', isSole, isAskingEnough });
}

interface FoundWay extends Pick<ForgedConsent, 'access' | 'agreeing'> {
  readonly kept: Column;
}

function joined(
  ways: readonly FoundWay[],
  about: Pick<ForgedConsent, 'command' | 'isSole' | 'isAskingEnough'>,
): Found | undefined {
  const [first] = ways;
  if (first === undefined) return undefined;
  const { agreeing } = first;
  const kept = ways.filter((each) => each.agreeing === agreeing).map((each) => each.kept);
  const access = first.access.map((each) => ({ ...each, commands: [about.command] }));
  return { ...about, access, kept: [...new Set(kept)], agreeing };
}

/** The policy by which the same user sets such a row to what says that both agreed. */
function acceptedBy(
  graph: SchemaGraph,
  table: Table,
  parties: TwoParties,
  kept: Column,
  access: readonly ClientAccess[],
  clientRoles: readonly string[],
): Policy | undefined {
  const { status, values } = parties;
  if (isHeld(graph, table, 'update')) return undefined;
  const open = access.filter((each) => isLeftTo(graph, table, status, 'update', each)).map(({ name }) => name);
  return graph.ownedBy(table.id, 'policy').find((policy) => {
    const using = policy.isPermissive ? decidingClause(policy, 'update') : null;
    const reached = using === null ? [] : policyAudience(graph, policy, clientRoles);
    if (!reached.some(({ name, commands }) => commands.includes('update') && open.includes(name))) return false;
    const isTheirs = (way: PartyWay) => way.kept === kept && !way.asksForAnother;
    const before = partyWays(graph, parties, using).filter(isTheirs);
    const after = policy.check === null ? before : partyWays(graph, parties, policy.check).filter(isTheirs);
    return (
      before.some((way) => admits(way, status, values.waiting)) &&
      after.some((way) => admits(way, status, values.agreed))
    );
  });
}

/** Without a value: whatever it is. */
function admits({ conditions }: PartyWay, status: Column, value: string | undefined): boolean {
  if (value !== undefined) return !excludesValue(conditions, status, value);
  return !conditions.some((each) => columnsNamed(each).has(status.id));
}

/** May whoever is in the one column read the row with anybody in the other? Such a row only may an UPDATE with a WHERE leave. */
function isSeen(
  graph: SchemaGraph,
  table: Table,
  parties: TwoParties,
  { kept, other }: PartyWay,
  { role, name }: ClientAccess,
): boolean {
  const policies = policiesFor(graph, table, 'select', role);
  if (policies.some(({ isPermissive, using }) => !isPermissive && using !== null && columnsNamed(using).has(other.id)))
    return false;
  return policies.some(
    (each) =>
      each.isPermissive &&
      (isOpenFor(graph, each, 'select', name) ||
        partyWays(graph, parties, each.using).some((way) => way.kept === kept && way.isOtherFree)),
  );
}

/** Does a trigger refuse it, or ask who calls? */
function isHeld(graph: SchemaGraph, table: Table, command: 'insert' | 'update'): boolean {
  return (command === 'update' && surelyRefused(graph, table.id).has('update')) || asksByTrigger(graph, table, command);
}

/**
 * self-approved-row has it that the author of the row alone decides, recipient-may-rewrite that its recipient may put in another author,
 * self-granted-access that whoever is named there is let in to, or that a function takes over what else the row says.
 */
function isToldOf(
  graph: SchemaGraph,
  policy: Policy,
  { status, columns }: TwoParties,
  command: ForgedConsent['command'],
  clientRoles: readonly string[],
  knownValues: (column: Column) => readonly string[],
): boolean {
  const table = graph.get('table', policy.table);
  const standings = standingsBeside(graph, policy, clientRoles);
  const isGranted = ownRowWrites(graph, policy, clientRoles).some(
    (write) =>
      write.command === command &&
      freeStandings(graph, table, write, standings, clientRoles).some((each) =>
        columns.some(({ id }) => id === each.column),
      ),
  );
  if (isGranted) return true;
  const isCarried = ownRowWrites(graph, policy, clientRoles).some(
    (write) => write.command === command && carriedGrant(graph, table, write, [], clientRoles) !== undefined,
  );
  if (isCarried) return true;
  const isApproved = awaitedDecisions(graph, table, clientRoles, knownValues).some(
    ({ column, writes: [first] }) => column === status && first?.policy === policy,
  );
  if (isApproved) return true;
  const rewritten = rewrittenRow(graph, policy, clientRoles);
  return rewritten?.isAuthorFree === true && columns.includes(rewritten.author);
}

/** Of what goes by such rows, what asks that the caller is in the one column, and looks for the other in the other one. */
function readersBetween(
  graph: SchemaGraph,
  { columns, status, values }: TwoParties,
  kept: readonly Column[],
): ForgedConsent['readers'] {
  if (values.agreed === undefined) return [];
  const isMeant = (query: Query) =>
    kept.some((own) => columns.some((other) => other !== own && isBetween(graph, query, own, other)));
  const asking = readersOf(graph, status, values.agreed, isMeant);
  const policies = asking.flatMap((each) => (each.kind === 'policy' ? each : policiesCalling(graph, each)));
  return [...new Set(policies)].filter((each) => each.table !== status.relation && each.command !== 'insert');
}

function policiesCalling(graph: SchemaGraph, { id }: EntityOf<'function'>): readonly Policy[] {
  const isCalled = (clause: BoundExpression | null) =>
    clause !== null && callsOf(clause).some((each) => each.function?.id === id);
  return graph.ofKind('policy').filter(({ using, check }) => isCalled(using) || isCalled(check));
}

function isBetween(graph: SchemaGraph, { node, binding }: Query, own: Column, other: Column): boolean {
  const callers = new Set<EntityId>();
  const others = new Set<EntityId>();
  walk(node, (_, each) => {
    for (const equality of 'A_Expr' in each ? listedEqualities(each) : [])
      for (const [side, against] of equalSides(equality)) {
        const column = columnMeaning(side, binding)?.column;
        if (column === undefined || against === undefined || constantOf(against) !== null) continue;
        (asksCaller(graph, against, binding) ? callers : others).add(column);
      }
    return undefined;
  });
  for (const target of fieldsOf(node, 'SelectStmt')?.targetList ?? [])
    for (const each of columnsNamed({ tree: target, meanings: binding.meanings })) others.add(each);
  return (callers.size === 0 || callers.has(own.id)) && others.has(other.id);
}
