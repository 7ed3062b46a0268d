import { clientAccess } from '../client-access.ts';
import type { EntityOf } from '../entities/index.ts';
import { isUnderRowSecurity } from '../privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { admitsNothing, isAlwaysTrue } from './policy-clauses.ts';
import { policiesFor, ROW_COMMANDS, type RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/** Several policies that Postgres joins by OR, for these commands of these roles. */
export interface PolicyCrowd {
  readonly policies: readonly Policy[];
  readonly commands: readonly RowCommand[];
  readonly roles: readonly string[];
  /** None of its policies is in a crowd before it: a policy of several is rewritten with the first, and gone for the others. */
  readonly isFirst: boolean;
}

/** One for each command; commands of the same policies and roles together. None where row security is off or not known. */
export function policyCrowds(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly PolicyCrowd[] {
  if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return [];
  const policies = graph.ownedBy(table.id, 'policy').filter((each) => each.isPermissive);
  if (policies.length < 2) return [];
  const named = policies.flatMap(({ roles }) => roles.flatMap((each) => (each === 'public' ? [] : each)));
  const names = named.map((each) => graph.get('role', each).name);
  const callers = clientAccess(graph, table, [...new Set([...clientRoles, ...names])]);
  const crowds = new Map<string, Omit<PolicyCrowd, 'isFirst'>>();
  for (const command of ROW_COMMANDS) {
    const members = new Set<Policy>();
    const roles: string[] = [];
    for (const { name, role, commands } of callers) {
      if (!commands.includes(command) || !isUnderRowSecurity(graph, role, table)) continue;
      const counted = policiesFor(graph, table, command, role).filter(
        (each) => each.isPermissive && !admitsNothing(each, command),
      );
      if (counted.length < 2 || counted.some((each) => isAlwaysTrue(each, command))) continue;
      roles.push(name === 'public' ? 'every role' : name);
      for (const each of counted) members.add(each);
    }
    if (members.size === 0) continue;
    const all = policies.filter((each) => members.has(each));
    const key = JSON.stringify([all.map((each) => each.id), roles]);
    crowds.set(key, { policies: all, roles, commands: [...(crowds.get(key)?.commands ?? []), command] });
  }
  const earlier = new Set<Policy>();
  return [...crowds.values()].map((crowd) => {
    const isFirst = crowd.policies.every((each) => !earlier.has(each));
    for (const each of crowd.policies) earlier.add(each);
    return { ...crowd, isFirst };
  });
}
