import { askedByRoles } from '../asked-once.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isClosedToClients, isClosedToSignedOut } from '../caller/closed-conditions.ts';
import { isOpenToRole, isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import { namesNothingOfRow } from '../own-column.ts';
import { type ClientAccess, clientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { havingOwnRow } from './everyones-row.ts';
import { callsForbidden } from './forbidden-call.ts';
import { exclude } from './opposed-conditions.ts';
import { admitsNothing, decidingClause, isAlwaysTrue, restricts, waysOf } from './policy-clauses.ts';
import { policiesFor, type RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/**
 * The client roles whose statements the policy decides: row security is on, their grants let them come as far, and the policy
 * is for them. The commands are those it counts for. Empty where nobody of them meets it. A policy without TO that asks for a
 * user is not one for anon, nor is one for a role that may not execute what it calls. One that is never true lets nobody do
 * anything: `for insert with check (false)`.
 */
export const policyAudience = askedByRoles(audienceOf);

function audienceOf(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): readonly ClientAccess[] {
  const table = graph.get('table', policy.table);
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
  return clientAccess(graph, table, clientRoles).flatMap((access) => {
    const commands = access.commands.filter((each) => {
      if (!policiesFor(graph, table, each, access.role).includes(policy)) return false;
      const clause = decidingClause(policy, each);
      if (clause === null) return true;
      if (policy.isPermissive && admitsNothing(policy, each)) return false;
      if (callsForbidden(graph, clause, access.role)) return false;
      return access.name !== 'anon' || !policy.isPermissive || !isClosedToSignedOut(graph, clause);
    });
    return commands.length === 0 ? [] : [{ ...access, commands }];
  });
}

/**
 * May row security let the role meet a row with the command: is it off, or is there a permissive policy that may admit it, and no
 * restrictive one that never does? What asks for a user never admits anon, what asks for the service role's token neither.
 */
export function mayMeetRows(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: RowCommand,
  access: Pick<ClientAccess, 'name' | 'role'>,
): boolean {
  if (!table.rowSecurity) return true;
  const isClosed = policiesFor(graph, table, command, access.role).some(
    (each) => !each.isPermissive && decidingClause(each, command) !== null && !mayAdmit(graph, each, command, access),
  );
  return !isClosed && admittingPolicies(graph, table, command, access).length > 0;
}

/** The clients who may come to rows of the table with the command: by their grants, and perhaps by row security. */
export function clientsMeetingRows(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: RowCommand,
  clientRoles: readonly string[],
): readonly ClientAccess[] {
  return clientAccess(graph, table, clientRoles).filter(
    (each) => each.commands.includes(command) && mayMeetRows(graph, table, command, each),
  );
}

/** The permissive policies that may let the role meet a row with the command; a missing clause never does. */
export function admittingPolicies(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: RowCommand,
  access: Pick<ClientAccess, 'name' | 'role'>,
): readonly Policy[] {
  return policiesFor(graph, table, command, access.role).filter(
    (each) => each.isPermissive && mayAdmit(graph, each, command, access),
  );
}

function mayAdmit(
  graph: SchemaGraph,
  policy: Policy,
  command: RowCommand,
  { name, role }: Pick<ClientAccess, 'name' | 'role'>,
): boolean {
  const clause = decidingClause(policy, command);
  if (clause === null || admitsNothing(policy, command) || callsForbidden(graph, clause, role)) return false;
  if (name === 'anon') return !isClosedToSignedOut(graph, clause);
  return name !== 'authenticated' || !isClosedToClients(graph, clause);
}

/**
 * Whom the policy lets have every row, and for which of the commands: it is always true, and nothing restrictive stands beside it.
 */
export function openTo(
  graph: SchemaGraph,
  policy: Policy,
  commands: readonly RowCommand[],
  clientRoles: readonly string[],
): readonly ClientAccess[] {
  return openWhere(graph, policy, commands, clientRoles, (command) => isAlwaysTrue(policy, command));
}

/**
 * The same for a policy that is also true of every row for whoever acts as the role, as it asks for nothing but that: `auth.role() = 'authenticated'`,
 * `auth.uid() is not null`.
 */
export function openToRoles(
  graph: SchemaGraph,
  policy: Policy,
  commands: readonly RowCommand[],
  clientRoles: readonly string[],
): readonly ClientAccess[] {
  return openWhere(graph, policy, commands, clientRoles, (command, role) => isOpenFor(graph, policy, command, role));
}

/** Does the policy let this role do so with every row? */
export function isOpenToClient(
  graph: SchemaGraph,
  policy: Policy,
  command: RowCommand,
  { name, role }: Pick<ClientAccess, 'name' | 'role'>,
): boolean {
  return openToRoles(graph, policy, [command], [name]).some((each) => each.role === role);
}

function openWhere(
  graph: SchemaGraph,
  policy: Policy,
  commands: readonly RowCommand[],
  clientRoles: readonly string[],
  isOpen: (command: RowCommand, role: string) => boolean,
): readonly ClientAccess[] {
  const open = commands.filter((each) => policy.isPermissive && clientRoles.some((role) => isOpen(each, role)));
  if (open.length === 0) return [];
  const table = graph.get('table', policy.table);
  return policyAudience(graph, policy, clientRoles).flatMap((access) => {
    const unrestricted = access.commands.filter((each) => {
      if (!open.includes(each) || !isOpen(each, access.name)) return false;
      const around = policiesFor(graph, table, each, access.role);
      const isHeld = each === 'update' && isHeldByChecks(graph, table, around, access);
      return !isHeld && !around.some((other) => restricts(other, each));
    });
    return unrestricted.length === 0 ? [] : [{ ...access, commands: unrestricted }];
  });
}

/**
 * Does none of the policies let the role make anything of a row that it names? `for update using (true) with check (is_admin())` does not, whatever the row, nor
 * does `with check (deleted_at is not null)` where the SELECT policies, which the new row has to pass as well, show only rows that are not deleted.
 */
function isHeldByChecks(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  policies: readonly Policy[],
  { name, role }: ClientAccess,
): boolean {
  const selecting = policiesFor(graph, table, 'select', role).filter((each) => each.isPermissive);
  const showing = selecting.filter((each) => !admitsNothing(each, 'select'));
  return policies.every(({ isPermissive, using, check }) => {
    const asked = check ?? using;
    if (!isPermissive || asked === null) return true;
    const ways = waysOf(asked) ?? [[asked]];
    return ways.every((way) => way.some((each) => isNotTheirs(each) || isHidden(each)));
  });

  function isNotTheirs(condition: BoundExpression): boolean {
    return namesNothingOfRow(condition) && foldBoolean(condition.tree) !== true && !isTrueFor(graph, condition, name);
  }

  function isHidden(condition: BoundExpression): boolean {
    return showing.length > 0 && showing.every(({ using }) => using !== null && exclude(condition, using));
  }
}

/** Is the policy true of every row for whoever acts as the role, as `anon` or `authenticated`? */
export function isOpenFor(graph: SchemaGraph, policy: Policy, command: RowCommand, role: string): boolean {
  const clause = decidingClause(policy, command);
  if (clause === null) return false;
  return isAlwaysTrue(policy, command) || isTrueFor(graph, clause, role);
}

function isTrueFor(graph: SchemaGraph, clause: BoundExpression, role: string): boolean {
  return isOpenToRole(clause, role) || (role === 'authenticated' && asksForRowOfEveryone(graph, clause));
}

/** Is it true for everyone who is signed in, as a trigger gives each new user the row it looks for: `exists (… where id = auth.uid())`? */
export function asksForRowOfEveryone(graph: SchemaGraph, clause: BoundExpression): boolean {
  const role = graph.global('role', 'authenticated')?.id;
  if (role === undefined) return false;
  const access = { name: 'authenticated', role };
  const assumption = havingOwnRow(graph, clause, (table) => mayMeetRows(graph, table, 'select', access));
  return assumption !== undefined && !isOpenToSignedIn(clause) && isOpenToSignedIn(clause, assumption);
}

/** Does its name give the policy to the service role? That role bypasses row security, so that a policy which names no roles is everybody else's. */
export function isNamedForServiceRole({ name, roles }: Policy): boolean {
  return /service[\s_-]*role/i.test(name) && roles.every((each) => each === 'public');
}
