import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { ranksAlone } from '../caller/standing-alone.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isForbiddenToAll } from '../policies/forbidden-reads.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, isAlwaysTrue } from '../policies/policy-clauses.ts';
import { policiesFor, type RowCommand } from '../policies/row-security.ts';
import { isNeverReached, meetsNoRow } from '../policies/unreached-policies.ts';
import { bypassesRowSecurity } from '../privileges/privilege-questions.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Policy = EntityOf<'policy'>;

/** Does Postgres come to work the clauses of the policy out for anybody? */
export function isEvaluated(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): boolean {
  const table = graph.get('table', policy.table);
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return false;
  if (policy.roles.every((role) => bypassesRowSecurity(graph, role))) return false;
  return !isNeverReached(graph, policy) && !meetsNoRow(graph, policy) && !isForbiddenToAll(graph, policy, clientRoles);
}

/**
 * Has each role that meets the policy, for each command, another that lets it have every row? What the two come to is true, and Postgres works that out
 * before it reads a row.
 */
export function isOutvoted(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): boolean {
  const table = graph.get('table', policy.table);
  const audience = policy.isPermissive ? policyAudience(graph, policy, clientRoles) : [];
  const cases = audience.flatMap(({ role, commands }) =>
    commands
      .filter((each) => each !== 'insert')
      .map((command) => policiesFor(graph, table, command, role).map((each) => ({ each, command }))),
  );
  return (
    cases.length > 0 &&
    cases.every((policies) =>
      policies.some(({ each, command }) => each !== policy && each.isPermissive && isAlwaysTrue(each, command)),
    )
  );
}

/** Is the policy joined to no other by OR, for whoever meets it? Restrictive ones never are. */
export function standsAlone(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): boolean {
  if (!policy.isPermissive) return true;
  const table = graph.get('table', policy.table);
  return policyAudience(graph, policy, clientRoles).every(({ role, commands }) =>
    commands.every((command) =>
      policiesFor(graph, table, command, role).every((each) => each === policy || !each.isPermissive),
    ),
  );
}

/**
 * Is nobody let through to the rows but administrators: does every policy that whoever meets this one meets ask for a rank, whatever the row is? Others have
 * no use for the table then.
 */
export function isMetByAdministratorsAlone(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): boolean {
  if (!policy.isPermissive) return false;
  const table = graph.get('table', policy.table);
  const audience = policyAudience(graph, policy, clientRoles);
  return (
    audience.length > 0 &&
    audience.every(({ role, commands }) =>
      commands.every((command) =>
        policiesFor(graph, table, command, role).every(
          (each) => !each.isPermissive || asksForAdministrator(graph, each, command, clientRoles),
        ),
      ),
    )
  );
}

function asksForAdministrator(
  graph: SchemaGraph,
  policy: Policy,
  command: RowCommand,
  clientRoles: readonly string[],
): boolean {
  const clause = decidingClause(policy, command);
  const isCalled = conjuncts(clause?.tree).some((each) => {
    const name = clause === null ? undefined : calledFunction(graph, unwrappedSelect(each), clause)?.name.name;
    return name !== undefined && isNamed(name, ADMINISTRATORS);
  });
  const ranks = isCalled ? [] : ranksAlone(graph, policy, command, clientRoles);
  return (
    ranks?.every(({ values }) => values.length > 0 && values.every((each) => isNamed(each, ADMINISTRATORS))) === true
  );
}

const ADMINISTRATORS: NamePatterns = [
  '*_admin_*',
  '*_admins_*',
  '*_administrator_*',
  '*_superadmin_*',
  '*_superuser_*',
];

/** Of `(select is_admin())` the call. */
function unwrappedSelect(node: Node): Node | undefined {
  const { subLinkType, subselect } = fieldsOf(node, 'SubLink') ?? {};
  if (subLinkType !== 'EXPR_SUBLINK') return node;
  return fieldsOf(fieldsOf(subselect, 'SelectStmt')?.targetList?.[0], 'ResTarget')?.val;
}
