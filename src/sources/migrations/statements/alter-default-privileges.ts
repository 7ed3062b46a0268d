import type { AlterDefaultPrivilegesStmt, GrantStmt } from '@pgsql/types';
import type { DefaultAclClass } from '../../../graph/entities/role.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { actsAs } from '../../../graph/privileges/privilege-questions.ts';
import { defaultAcl, type Grantee } from '../../../graph/privileges/privileges.ts';
import { defElems } from '../../../sql/def-elem.ts';
import { fieldsOf, stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { accessOf } from '../privileges/access.ts';
import { sameAcl } from '../privileges/same-acl.ts';
import { changedAcl, granteesOf } from './grant.ts';

const CLASSES: ReadonlyMap<GrantStmt['objtype'], DefaultAclClass> = new Map([
  ['OBJECT_TABLE', 'table'],
  ['OBJECT_SEQUENCE', 'sequence'],
  ['OBJECT_FUNCTION', 'function'],
  ['OBJECT_TYPE', 'type'],
  ['OBJECT_SCHEMA', 'schema'],
]);

export function alterDefaultPrivileges(stmt: AlterDefaultPrivilegesStmt, context: ReplayContext): void {
  const action = stmt.action;
  const objects = CLASSES.get(action?.objtype);
  // Large objects (PG 18) have no list in the graph.
  if (action === undefined || objects === undefined) return;
  const options = new Map(defElems(stmt.options).map((each) => [each.defname, fieldsOf(each.arg, 'List')?.items]));
  const specs = (options.get('roles') ?? []).flatMap((each) => ('RoleSpec' in each ? [each.RoleSpec] : []));
  const roles = specs.length === 0 ? [context.session.role] : specs.map((each) => context.grantee(each));
  const schemas = stringsOf(options.get('schemas')).map((name) => context.assumptions.schema(name).id);
  if (objects === 'schema' && schemas.length > 0)
    context.refuse('cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS');
  const grantees = granteesOf(action, context);
  const { whole } = accessOf(action.privileges, objects, context);
  for (const role of roles) {
    if (role === 'public') context.refuse('role "public" does not exist');
    if (context.graph.find(role)?.isAssumed !== true && !actsAs(context.graph, context.session.role, role))
      context.refuse('permission denied to change default privileges');
    for (const schema of schemas.length === 0 ? [null] : schemas)
      setDefaults({ role, schema, objects }, whole, grantees, action, context);
  }
}

/**
 * SetDefaultACL() (src/backend/catalog/aclchk.c). Global defaults start from the built-in ones and stand in their place;
 * those of a schema start from nothing and are added. An entry that says no more than that is none.
 */
function setDefaults(
  of: { readonly role: EntityId; readonly schema: EntityId | null; readonly objects: DefaultAclClass },
  letters: string,
  grantees: readonly Grantee[],
  action: GrantStmt,
  context: ReplayContext,
): void {
  const { graph, builder, by } = context;
  const found = graph
    .ofKind('defaultPrivileges')
    .find((each) => each.role === of.role && each.schema === of.schema && each.objects === of.objects);
  const none = of.schema === null ? defaultAcl(of.objects, of.role) : [];
  const acl = changedAcl(found?.acl ?? none, letters, grantees, action);
  if (sameAcl(acl, none)) {
    if (found) builder.drop(found, by);
  } else if (found) {
    if (!sameAcl(acl, found.acl)) builder.alter(found, { acl }, by);
  } else builder.create({ kind: 'defaultPrivileges', ...of, acl }, by);
}
