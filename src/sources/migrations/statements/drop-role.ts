import type { DropRoleStmt } from '@pgsql/types';
import type { Entity } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { quoteIdentifier } from '../../../sql/name.ts';
import type { ReplayContext } from '../context.ts';
import { removeMembership } from '../privileges/membership.ts';
import { isOwned } from '../privileges/owner.ts';

/** DROP ROLE, USER and GROUP: memberships go with it, anything else that names it keeps it from going. */
export function dropRole(stmt: DropRoleStmt, context: ReplayContext): void {
  const { graph, builder, by } = context;
  for (const spec of stmt.roles ?? []) {
    const name = 'RoleSpec' in spec ? (spec.RoleSpec.rolename ?? '') : '';
    const role = graph.global('role', name);
    if (role === undefined) {
      if (stmt.missing_ok !== true) context.reportUnknown('role', quoteIdentifier(name));
      continue;
    }
    const user = [...graph.all()].find((each) => isAbout(each, role.id));
    if (user) context.refuse(`role "${name}" cannot be dropped because some objects depend on it: ${graph.path(user)}`);
    for (const member of graph.ofKind('role')) removeMembership(member.id, role.id, 'all', context);
    builder.drop(role, by);
  }
}

/** pg_shdepend: owner, privileges, policies, default privileges. */
function isAbout(entity: Entity, role: EntityId): boolean {
  if (isOwned(entity) && entity.owner === role) return true;
  if ('acl' in entity && entity.acl.some((entry) => entry.grantee === role)) return true;
  if (entity.kind === 'policy') return entity.roles.includes(role);
  return entity.kind === 'defaultPrivileges' && entity.role === role;
}
