import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { isClosedToClients, isClosedToSignedOut } from '../caller/closed-conditions.ts';
import type { EntityOf } from '../entities/index.ts';
import { type ClientAccess, clientAccess } from '../privileges/client-access.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type Alternative, alternativesOf, isWithin } from './alternatives.ts';
import { callsForbidden, surelyForbidden } from './forbidden-call.ts';
import { admittingPolicies } from './policy-audience.ts';
import { clausesOf, conditionsOf, decidingClause, isAlwaysTrue } from './policy-clauses.ts';
import { policiesFor, type RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/** What a policy calls although a role that meets it may not: every statement of the role fails with 42501 then. */
export interface ForbiddenCalls {
  readonly functions: readonly EntityOf<'function'>[];
  /** The roles, and the commands by which they meet the policy. */
  readonly access: readonly ClientAccess[];
  /**
   * Whom that costs rows: what lets them in otherwise, `alternative` of the clause, another `policy`, or, as the policy is for them, the `call` itself.
   * Null where it is a role that is not signed in and that nothing else lets in: it gets an error in the place of no rows.
   */
  readonly loss: 'alternative' | 'policy' | 'call' | null;
}

/**
 * The functions in the clauses of a policy that a client role may not execute, with the worst that comes of it. Not where a policy beside it is true for
 * every row, as Postgres leaves the others out then, nor where no row could be met anyway.
 */
export function forbiddenCalls(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ForbiddenCalls | undefined {
  const table = graph.get('table', policy.table);
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return undefined;
  const cases = clientAccess(graph, table, clientRoles).flatMap((access) =>
    access.commands.flatMap((command) => {
      if (!isMet(graph, policy, command, access)) return [];
      const functions = clausesFor(policy, command).flatMap((each) =>
        calledSurely(graph, policy, command, each, access.role),
      );
      return functions.length === 0
        ? []
        : [{ access, command, functions, loss: lossOf(graph, policy, command, access) }];
    }),
  );
  const loss = LOSSES.find((each) => cases.some((one) => one.loss === each));
  if (loss === undefined) return undefined;
  const told = cases.filter((each) => (loss === null) === (each.loss === null));
  const access = [...new Set(told.map((each) => each.access))].map((each) => ({
    ...each,
    commands: told.filter((one) => one.access === each).map(({ command }) => command),
  }));
  return { functions: [...new Set(told.flatMap(({ functions }) => functions))], access, loss };
}

/**
 * The forbidden functions of a clause that are left when Postgres has worked out what it can beforehand: parts that are always true or false, and of
 * `a or (a and b)` the latter (process_duplicate_ors(), src/backend/optimizer/prep/prepqual.c).
 */
function calledSurely(
  graph: SchemaGraph,
  policy: Policy,
  command: RowCommand,
  clause: BoundExpression,
  role: Grantee,
): readonly EntityOf<'function'>[] {
  if (!callsForbidden(graph, clause, role)) return [];
  const policies = policiesFor(graph, graph.get('table', policy.table), command, role);
  const beside = policies
    .filter((each) => each !== policy && each.isPermissive && policy.isPermissive)
    .flatMap((each) => clausesFor(each, command));
  const all = [clause, ...beside].flatMap(alternativesOf);
  return alternativesOf(clause).flatMap((each) => {
    if (foldBoolean(each.expression.tree) !== undefined) return [];
    if (all.some((other) => other.conditions.size < each.conditions.size && isWithin(each, other))) return [];
    return conditionsOf(each.expression).flatMap((part) => surelyForbidden(graph, part, role));
  });
}

/** The alternatives of the clause for a command that call nothing the role may not, and may let it in. */
export function alternativesLeft(
  graph: SchemaGraph,
  clause: BoundExpression,
  { name, role }: Pick<ClientAccess, 'name' | 'role'>,
): readonly Alternative[] {
  const isClosed = name === 'anon' ? isClosedToSignedOut : isClosedToClients;
  return alternativesOf(clause).filter(({ expression }) => {
    const value = foldBoolean(expression.tree);
    if (value === false || value === null || callsForbidden(graph, expression, role)) return false;
    return !isClosed(graph, expression);
  });
}

const LOSSES = ['alternative', 'policy', 'call', null] as const;

function lossOf(
  graph: SchemaGraph,
  policy: Policy,
  command: RowCommand,
  access: ClientAccess,
): ForbiddenCalls['loss'] | undefined {
  const clause = decidingClause(policy, command);
  if (clause === null) return undefined;
  if (policy.isPermissive && alternativesLeft(graph, clause, access).length > 0) return 'alternative';
  const others = admittingPolicies(graph, graph.get('table', policy.table), command, access);
  if (others.some((each) => each !== policy)) return 'policy';
  if (!policy.isPermissive) return undefined;
  if (access.name !== 'anon') return isClosedToClients(graph, clause) ? undefined : 'call';
  // An INSERT is refused either way, and whoever is not signed in finds no row to change.
  if (command !== 'select') return undefined;
  const isClosed = clausesOf(policy).every(({ expression }) => isClosedToSignedOut(graph, expression));
  // policy-for-public-role tells of it.
  return isClosed && policy.roles.every((each) => each === 'public') ? undefined : null;
}

function isMet(graph: SchemaGraph, policy: Policy, command: RowCommand, { role }: ClientAccess): boolean {
  const policies = policiesFor(graph, graph.get('table', policy.table), command, role);
  if (!policies.includes(policy)) return false;
  // What is never true is worked out before all else.
  if (policies.some((each) => !each.isPermissive && isNever(decidingClause(each, command)))) return false;
  return !policy.isPermissive || !policies.some((each) => each.isPermissive && isAlwaysTrue(each, command));
}

function isNever(clause: BoundExpression | null): boolean {
  const value = clause === null ? undefined : foldBoolean(clause.tree);
  return value === false || value === null;
}

/** USING picks rows, WITH CHECK judges those that are written; without it USING does both (docs, CREATE POLICY). */
function clausesFor({ using, check }: Policy, command: RowCommand): readonly BoundExpression[] {
  const asked = command === 'update' ? [using, check] : [command === 'insert' ? (check ?? using) : using];
  return asked.flatMap((each) => each ?? []);
}
