import type { Node, ReassignOwnedStmt } from '@pgsql/types';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { ReplayContext } from '../context.ts';
import { changeOwner, isOwned } from '../privileges/owner.ts';

/** REASSIGN OWNED BY. */
export function reassignOwned(stmt: ReassignOwnedStmt, context: ReplayContext): void {
  const roles = rolesOf(stmt.roles, context);
  const owner = context.grantee(stmt.newrole);
  if (owner === 'public') context.refuse('role "public" does not exist');
  for (const { id } of [...context.graph.all()]) {
    const entity = context.graph.find(id);
    if (entity && isOwned(entity) && roles.has(entity.owner)) changeOwner(entity, owner, context);
  }
}

export function rolesOf(specs: readonly Node[] | undefined, context: ReplayContext): ReadonlySet<EntityId> {
  const grantees = (specs ?? []).flatMap((each) => ('RoleSpec' in each ? [context.grantee(each.RoleSpec)] : []));
  return new Set(grantees.filter((each) => each !== 'public'));
}
