import { isClosedToClients, isClosedToSignedOut } from '../caller/closed-conditions.ts';
import type { EntityOf } from '../entities/index.ts';
import type { History, Statement } from '../journal.ts';
import { isNamedForServiceRole } from '../policies/policy-audience.ts';
import { admitsNothing, clausesOf } from '../policies/policy-clauses.ts';
import type { RowCommand } from '../policies/row-security.ts';
import { commandsOf } from '../policies/unreached-policies.ts';
import { type apiCallers, isTriggerFunction } from '../privileges/api-calls.ts';
import { clientAccess, LETTERS } from '../privileges/client-access.ts';
import { heldLetters, mayAnyColumn } from '../privileges/privilege-questions.ts';
import type { Acl, Grantee } from '../privileges/privileges.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { aclChanges } from './acl-changes.ts';
import { bornBy } from './born-in.ts';
import { serving } from './policies-done-by-functions.ts';
import { grantsOn, isOfWhole, revokesIn } from './table-grants.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

type Settings = Parameters<typeof apiCallers>[2];

/** What a policy lets client roles do that no GRANT gives them. */
export interface NeverGranted {
  readonly policy: Policy;
  readonly table: Table;
  /** Those of them that it is for. */
  readonly roles: readonly string[];
  readonly commands: readonly RowCommand[];
}

/**
 * The policies of tables that the API serves, made for clients who never held the privilege they need, on the table or on a column: each of their
 * statements ends in 42501 before row security is looked at (docs, 5.9). One FOR ALL lacks it where they hold none of the four, or, where it
 * has a WITH CHECK and another policy is there for reading, none of the three to write. Not where they once held it,
 * or a REVOKE that comes with the policy or behind it names them: the table is closed on purpose; nor where functions with their owner's rights, views or
 * triggers do it for them.
 */
export function neverGranted(graph: SchemaGraph, history: History, settings: Settings): readonly NeverGranted[] {
  return graph.ofKind('policy').flatMap((each) => lackedBy(graph, history, each, settings) ?? []);
}

function lackedBy(graph: SchemaGraph, history: History, policy: Policy, settings: Settings): NeverGranted | undefined {
  const table = graph.find(policy.table);
  if (table?.kind !== 'table' || !isUsersOwn(graph, table) || !settings.exposedSchemas.includes(table.name.schema))
    return undefined;
  // Of a table that nothing made the privileges are not known.
  if (!table.rowSecurity || table.isAssumed === true || graph.isDoubtful(table, ['privileges', 'rowSecurity']))
    return undefined;
  if (!policy.isPermissive || isNamedForServiceRole(policy)) return undefined;
  if (clausesOf(policy).some(({ expression }) => isClosedToClients(graph, expression))) return undefined;
  const roles = rolesFor(graph, policy, settings.clientRoles);
  const lacked = commandsOf(policy).filter(
    (command) =>
      !admitsNothing(policy, command) &&
      roles.length > 0 &&
      roles.every(({ role }) => lacks(graph, table, command, role)) &&
      (policy.command === 'all' || !isWrittenByTrigger(graph, table, command)),
  );
  if (lacked.length === 0) return undefined;
  const isWriting = lacked.length === 3 && !lacked.includes('select') && isForWriting(graph, policy, table, roles);
  if (policy.command === 'all' && lacked.length < 4 && !isWriting) return undefined;
  if (roles.some((each) => wasClosed(graph, history, policy, table, each, lacked))) return undefined;
  const names = roles.map(({ name }) => name);
  const isServed =
    serving(graph, table, lacked, { ...settings, clientRoles: names }) !== undefined ||
    isShownByView(graph, table, lacked, names);
  return isServed ? undefined : { policy, table, roles: names, commands: lacked };
}

interface ClientRole {
  readonly name: string;
  readonly role: Grantee;
}

/** The client roles that a policy names, or whom one for everybody can let in. */
function rolesFor(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): readonly ClientRole[] {
  const isForAll = policy.roles.includes('public');
  const isClosed = clausesOf(policy).some(({ expression }) => isClosedToSignedOut(graph, expression));
  return clientRoles.flatMap((name) => {
    const role = graph.global('role', name)?.id;
    if (role === undefined || !(isForAll || policy.roles.includes(role))) return [];
    return name === 'anon' && isClosed ? [] : [{ name, role }];
  });
}

function lacks(graph: SchemaGraph, table: Table, command: RowCommand, role: Grantee): boolean {
  return !mayAnyColumn(graph, role, table, LETTERS.get(command) ?? '');
}

/** Does a policy FOR ALL say what may be written, while another one is there for what its roles read? */
function isForWriting(graph: SchemaGraph, policy: Policy, table: Table, roles: readonly ClientRole[]): boolean {
  if (policy.check === null) return false;
  const readable = graph.ownedBy(table.id, 'policy').filter((each) => each.command === 'select' && each.isPermissive);
  return roles.every(({ role }) => readable.some((each) => each.roles.includes('public') || each.roles.includes(role)));
}

/** Did the role hold one of the privileges once, or does a REVOKE of one that comes with the policy or behind it name it? */
function wasClosed(
  graph: SchemaGraph,
  { journal, statements }: History,
  policy: Policy,
  table: Table,
  { name, role }: ClientRole,
  lacked: readonly RowCommand[],
): boolean {
  const letters = lacked.map((each) => LETTERS.get(each) ?? '');
  const holds = (acl: Acl) => letters.some((each) => heldLetters(graph, role, acl).includes(each));
  if (aclChanges(journal, table.id).some(({ after }) => holds(after))) return true;
  const born = bornBy(journal, policy.id)?.migration.index ?? 0;
  const isLater = ({ migration }: Statement) => migration.index >= born;
  return (
    grantsOn(statements, table.name).some((each) => {
      const isTaken = !each.isGrant && lacked.some((command) => isOfWhole(each, command));
      return isTaken && each.roles.includes(name) && isLater(each.statement);
    }) ||
    revokesIn(statements, table.name.schema).some(({ statement, roles }) => roles.includes(name) && isLater(statement))
  );
}

/** Whoever signs up gets a row by a trigger: the policy for it is the leftover, not the privilege that lacks. */
function isWrittenByTrigger(graph: SchemaGraph, table: Table, command: RowCommand): boolean {
  return writesTo(graph, table.id).some(
    ({ holder, write }) =>
      write.kind === command &&
      holder.kind === 'function' &&
      holder.security === 'definer' &&
      isTriggerFunction(holder),
  );
}

/** Does a view with its owner's rights show these roles the rows? */
function isShownByView(
  graph: SchemaGraph,
  table: Table,
  commands: readonly RowCommand[],
  roles: readonly string[],
): boolean {
  if (!commands.includes('select')) return false;
  return graph
    .dependentsOfKind(table.id, 'view')
    .some((each) => !each.securityInvoker && clientAccess(graph, each, roles).length > 0);
}
