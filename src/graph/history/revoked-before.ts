import { isClosedToClients } from '../caller/closed-conditions.ts';
import type { EntityOf } from '../entities/index.ts';
import type { Change, Statement } from '../journal.ts';
import { admitsNothing, clausesOf } from '../policies/policy-clauses.ts';
import { commandsOf, isNeverReached } from '../policies/unreached-policies.ts';
import { LETTERS } from '../privileges/client-access.ts';
import { heldLetters } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { aclChanges } from './acl-changes.ts';
import { bornBy } from './born-in.ts';

type Policy = EntityOf<'policy'>;

/** A REVOKE by which a policy that a later file made for clients lets nobody do anything. */
export interface RevokedBefore {
  readonly by: Statement;
  /** The client roles that the policy is for, and that held the privilege until then. */
  readonly roles: readonly string[];
  /** The file of the REVOKE dropped a policy for the same command as well: both were taken away on purpose. */
  readonly dropsPolicy: boolean;
}

/**
 * Whoever makes a policy for clients wants to let them in; where an earlier file took the privilege from them, each of their statements ends in 42501
 * before the policy is looked at. A REVOKE behind the policy, or beside it, closes the table on purpose; a policy made in the place of one that was
 * there before the REVOKE is only that one written anew.
 */
export function revokedBefore(
  graph: SchemaGraph,
  journal: readonly Change[],
  policy: Policy,
  clientRoles: readonly string[],
): RevokedBefore | undefined {
  const born = bornBy(journal, policy.id);
  if (born === undefined || !policy.isPermissive || !isNeverReached(graph, policy)) return undefined;
  const commands = commandsOf(policy);
  if (commands.every((each) => admitsNothing(policy, each))) return undefined;
  // What asks for the service key is for nobody who needs the privilege.
  if (clausesOf(policy).some(({ expression }) => isClosedToClients(graph, expression))) return undefined;
  const lost = new Map<string, Statement>();
  for (const { before, after, by } of aclChanges(journal, policy.table)) {
    for (const name of clientRoles) {
      const role = graph.global('role', name)?.id;
      if (role === undefined || !(policy.roles.includes('public') || policy.roles.includes(role))) continue;
      const [had, has] = [before, after].map((acl) => heldLetters(graph, role, acl));
      const letters = commands.map((each) => LETTERS.get(each) ?? '');
      if (letters.some((each) => had?.includes(each) && !has?.includes(each))) lost.set(name, by);
    }
  }
  const last = [...lost.values()].sort((a, b) => a.index - b.index).at(-1);
  if (last === undefined || last.migration.index >= born.migration.index) return undefined;
  if (isWrittenAnew(journal, policy, born, last)) return undefined;
  return { by: last, roles: [...lost.keys()], dropsPolicy: isDroppedBeside(journal, policy, last) };
}

function isDroppedBeside(journal: readonly Change[], { table, command }: Policy, { migration }: Statement): boolean {
  return journal.some((change) => {
    if (change.type !== 'dropped' || change.by.migration !== migration || change.before.kind !== 'policy') return false;
    const { before } = change;
    return before.table === table && (command === 'all' || before.command === 'all' || before.command === command);
  });
}

/** Did the file that made the policy drop one of the table's that was there before the REVOKE? */
function isWrittenAnew(journal: readonly Change[], { table }: Policy, born: Statement, revoked: Statement): boolean {
  return journal.some((change) => {
    if (change.type !== 'dropped' || change.by.migration !== born.migration) return false;
    const { before } = change;
    if (before.kind !== 'policy' || before.table !== table) return false;
    const first = bornBy(journal, before.id);
    return first === undefined || first.index < revoked.index;
  });
}
