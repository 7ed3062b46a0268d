import type { AlterOwnerStmt } from '@pgsql/types';
import type { ReplayContext } from '../context.ts';
import { neededObject } from '../find-object.ts';
import { changeOwner, isOwned } from '../privileges/owner.ts';

/** ALTER … OWNER TO, of what is not a relation (those come as ALTER TABLE). */
export function alterOwner(node: AlterOwnerStmt, context: ReplayContext): void {
  const entity = neededObject(node.objectType ?? 'OBJECT_SCHEMA', node.object, context);
  const role = context.grantee(node.newowner);
  if (role === 'public') context.refuse('role "public" does not exist', node.newowner?.location);
  if (entity && isOwned(entity)) changeOwner(entity, role, context);
}
