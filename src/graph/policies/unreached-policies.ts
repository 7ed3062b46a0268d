import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { LETTERS } from '../privileges/client-access.ts';
import { actsAs, isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { admitsNothing } from './policy-clauses.ts';
import { ROW_COMMANDS, type RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/**
 * Does no statement ever come as far as the policy, as none of those it is for holds the privilege for its command, on the table or on a column? Each
 * ends in 42501 (permission denied for table …) before that. Whoever bypasses row security does not meet it either.
 */
export const isNeverReached = askedOnce((graph: SchemaGraph, policy: Policy): boolean => {
  const table = graph.get('table', policy.table);
  // Of a table that nothing made the privileges are not known.
  if (table.isAssumed === true || graph.isDoubtful(table, ['privileges'])) return false;
  const letters = commandsOf(policy).map((each) => LETTERS.get(each) ?? '');
  const lists = [table.acl, ...graph.columns(table.id).map(({ acl }) => acl)];
  return !lists.some((acl) =>
    acl.some(
      ({ grantee, privileges }) =>
        letters.some((each) => privileges.includes(each)) &&
        isUnderRowSecurity(graph, grantee, table) &&
        policy.roles.some((each) => areShared(graph, each, grantee)),
    ),
  );
});

/**
 * Is there no row for which one of its clauses is worked out? Where no permissive policy of a command admits one, the statement finds none, and what the
 * policies say of the new rows is not asked either: a policy FOR UPDATE alone on its table, without USING, never comes to its WITH CHECK.
 */
export function meetsNoRow(graph: SchemaGraph, policy: Policy): boolean {
  const permissive = graph.ownedBy(policy.table, 'policy').filter(({ isPermissive }) => isPermissive);
  return commandsOf(policy).every((command) => permissive.every((each) => admitsNothing(each, command)));
}

/** The statements it counts for. */
export function commandsOf({ command }: Policy): readonly RowCommand[] {
  return command === 'all' ? ROW_COMMANDS : [command];
}

/** Is one of them in the other, so that somebody is in both? */
function areShared(graph: SchemaGraph, role: Grantee, grantee: Grantee): boolean {
  if (role === 'public' || grantee === 'public') return true;
  return actsAs(graph, role, grantee) || actsAs(graph, grantee, role);
}
