import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { groupedBy } from '../grouping.ts';
import { alternativesOf } from '../policies/alternatives.ts';
import { admitsNothing, decidingClause, isAlwaysTrue } from '../policies/policy-clauses.ts';
import { policiesFor, ROW_COMMANDS, type RowCommand } from '../policies/row-security.ts';
import { clientAccess } from '../privileges/client-access.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/** Several permissive policies of a table, which Postgres joins by OR. */
export interface PolicyCrowd {
  /** Those that count for the first of its commands: one fix rewrites them, and by that may end the others. */
  readonly policies: readonly Policy[];
  /** Who meets which of them: those of one command, and of others for which one of the same counts (FOR ALL). The most for a command first. */
  readonly cases: readonly [CrowdCase, ...CrowdCase[]];
}

export interface CrowdCase {
  readonly policies: readonly Policy[];
  readonly commands: readonly RowCommand[];
  readonly roles: readonly string[];
}

/** None of them has a policy of another. None where row security is off or not known. */
export function policyCrowds(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly PolicyCrowd[] {
  let crowds: readonly (readonly CrowdCase[])[] = [];
  for (const each of crowdCases(graph, table, clientRoles)) {
    const own = crowds.filter((cases) => cases.some((one) => isOneCrowd(one, each)));
    crowds = [...crowds.filter((cases) => !own.includes(cases)), [...own.flat(), each]];
  }
  return crowds.flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const command = first.commands[0];
    const met = [first, ...others].filter(({ commands }) => commands[0] === command);
    const policies = graph.ownedBy(table.id, 'policy').filter((each) => met.some((one) => one.policies.includes(each)));
    return [{ policies, cases: [first, ...others] as const }];
  });
}

/** All of them, for whichever command they count. */
export function policiesOfCrowd({ cases }: PolicyCrowd): readonly Policy[] {
  return [...new Set(cases.flatMap(({ policies }) => policies))];
}

/**
 * The policy that alone is left of a case: each of the others asks for all that it asks for, and more or nothing else. Of `a or (a and b)` Postgres makes
 * `a` (process_duplicate_ors(), src/backend/optimizer/prep/prepqual.c); not of what has an OR of its own. Of those that ask the same, the one for all commands.
 */
export function loneCondition({ policies, commands }: CrowdCase): Policy | undefined {
  const inOrder = [...policies].sort((a, b) => Number(b.command === 'all') - Number(a.command === 'all'));
  return inOrder.find((policy) =>
    commands.every((command) =>
      policies.every((each) => {
        const isWithin = asksAllOf(decidingClause(each, command), decidingClause(policy, command));
        return isWithin && (command !== 'update' || asksAllOf(each.check ?? each.using, policy.check ?? policy.using));
      }),
    ),
  );
}

function asksAllOf(clause: BoundExpression | null, other: BoundExpression | null): boolean {
  const [asked, left] = [clause, other].map((each) => (each === null ? [] : alternativesOf(each)));
  if (asked?.length !== 1 || left?.length !== 1) return false;
  return [...(left[0]?.conditions.keys() ?? [])].every((key) => asked[0]?.conditions.has(key) === true);
}

function isOneCrowd(one: CrowdCase, other: CrowdCase): boolean {
  return (
    one.policies.some((each) => other.policies.includes(each)) ||
    one.commands.some((each) => other.commands.includes(each))
  );
}

/** Each set of policies that some roles meet for a command; the commands of the same policies and roles together. */
function crowdCases(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly CrowdCase[] {
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
  const policies = graph.ownedBy(table.id, 'policy').filter((each) => each.isPermissive);
  if (policies.length < 2) return [];
  const named = policies.flatMap(({ roles }) => roles.flatMap((each) => (each === 'public' ? [] : each)));
  const names = named.map((each) => graph.get('role', each).name);
  const callers = clientAccess(graph, table, [...new Set([...clientRoles, ...names])]);
  const cases = new Map<string, CrowdCase>();
  for (const command of ROW_COMMANDS) {
    const met = callers.flatMap(({ name, role, commands }) => {
      if (!commands.includes(command) || !isUnderRowSecurity(graph, role, table)) return [];
      const counted = policiesFor(graph, table, command, role).filter(
        (each) => each.isPermissive && !admitsNothing(each, command),
      );
      if (counted.length < 2 || counted.some((each) => isAlwaysTrue(each, command))) return [];
      return [{ name: name === 'public' ? 'every role' : name, counted }];
    });
    const sets = groupedBy(met, ({ counted }) => counted.map((each) => each.id).join(' '));
    for (const set of [...sets.values()].sort((a, b) => sizeOf(b) - sizeOf(a))) {
      const counted = set[0]?.counted ?? [];
      const roles = set.map(({ name }) => name);
      const key = JSON.stringify([counted.map((each) => each.id), roles]);
      cases.set(key, { policies: counted, roles, commands: [...(cases.get(key)?.commands ?? []), command] });
    }
  }
  return [...cases.values()];
}

function sizeOf([first]: readonly { readonly counted: readonly Policy[] }[]): number {
  return first?.counted.length ?? 0;
}
