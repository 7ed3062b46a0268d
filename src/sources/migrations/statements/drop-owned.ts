import type { DropOwnedStmt } from '@pgsql/types';
import type { Entity } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Acl, Grantee } from '../../../graph/privileges/privileges.ts';
import type { ReplayContext } from '../context.ts';
import { dropObjects } from '../drop-objects.ts';
import { isOwned } from '../privileges/owner.ts';
import { rolesOf } from './reassign-owned.ts';

/** DROP OWNED BY: what the roles own goes, and so do their privileges on everything else (shdepDropOwned()). */
export function dropOwned(stmt: DropOwnedStmt, context: ReplayContext): void {
  const roles = rolesOf(stmt.roles, context);
  const { graph, builder, by } = context;
  const roots = [...graph.all()].filter(
    (each) => (isOwned(each) && roles.has(each.owner)) || (each.kind === 'defaultPrivileges' && roles.has(each.role)),
  );
  dropObjects(context, roots, { cascade: stmt.behavior === 'DROP_CASCADE' });
  for (const { id } of [...graph.all()]) {
    const entity = graph.find(id);
    if (entity?.kind === 'policy') leavePolicy(entity, roles, context);
    else if (entity && holdsPrivileges(entity) && entity.acl.some((each) => isOne(each.grantee, roles)))
      builder.alter(entity, { acl: entity.acl.filter((each) => !isOne(each.grantee, roles)) }, by);
  }
}

function holdsPrivileges(entity: Entity): entity is Extract<Entity, { readonly acl: Acl }> {
  return 'acl' in entity;
}

function isOne(grantee: Grantee, roles: ReadonlySet<EntityId>): boolean {
  return grantee !== 'public' && roles.has(grantee);
}

/** RemoveRoleFromObjectPolicy(): a policy for nobody else goes. */
function leavePolicy(
  policy: Extract<Entity, { kind: 'policy' }>,
  roles: ReadonlySet<EntityId>,
  context: ReplayContext,
): void {
  const left = policy.roles.filter((each) => !isOne(each, roles));
  if (left.length === 0) context.builder.drop(policy, context.by);
  else if (left.length < policy.roles.length) context.builder.alter(policy, { roles: left }, context.by);
}
