import type { EntityId } from '../../../graph/entity-id.ts';
import { actsAs, effectiveRoles, isSuperuser } from '../../../graph/privileges/privilege-questions.ts';
import { type Acl, orderLetters, type PrivilegeLetters } from '../../../graph/privileges/privileges.ts';
import type { ReplayContext } from '../context.ts';

/**
 * Which of the privileges the session may grant or revoke (select_best_grantor(), src/backend/utils/adt/acl.c): all as the
 * owner, else those it holds with grant option. The rest is a warning in Postgres, and has no effect.
 */
export function grantableBySession(
  owner: EntityId,
  acl: Acl,
  letters: PrivilegeLetters,
  context: ReplayContext,
): PrivilegeLetters {
  if (actsAsOwner(owner, context)) return letters;
  const roles = effectiveRoles(context.graph, context.session.role);
  const held = new Set(
    acl.filter(({ grantee }) => grantee !== 'public' && roles.has(grantee)).flatMap((each) => [...each.grantable]),
  );
  return orderLetters([...letters].filter((letter) => held.has(letter)));
}

/** Nothing is known of the owner of an assumed object. The database's owner is a member of pg_database_owner without a grant (docs 21.5). */
export function actsAsOwner(owner: EntityId, context: ReplayContext): boolean {
  const role = context.graph.find(owner);
  const isDatabaseOwner = role?.kind === 'role' && role.name === 'pg_database_owner';
  return isDatabaseOwner || context.actsFor.has(owner) || actsAs(context.graph, context.session.role, owner);
}

/** Whether the session may SET ROLE to the other, as it must to give objects away to it (check_can_set_role()). */
export function maySetRole(other: EntityId, context: ReplayContext): boolean {
  const { graph, session } = context;
  if (isSuperuser(graph, session.role)) return true;
  const reached = new Set([session.role]);
  // A set that grows while it is gone through is gone through to its end.
  for (const id of reached) for (const { role, set } of graph.get('role', id).memberOf) if (set) reached.add(role);
  return reached.has(other);
}

/** The session's role if it is a superuser, else the one who made the cluster: scripts of extensions run as such. */
export function superuserOf(context: ReplayContext): EntityId {
  const { role } = context.session;
  if (isSuperuser(context.graph, role)) return role;
  return context.graph.ofKind('role').find((each) => each.isSuperuser)?.id ?? role;
}
