import type { AlterRoleSetStmt, AlterRoleStmt, CreateRoleStmt, DefElem, Node } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import { isSuperuser } from '../../../graph/privileges/privilege-questions.ts';
import { defBoolean, defElems } from '../../../sql/def-elem.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { addMembership, OF_CREATOR, removeMembership } from '../privileges/membership.ts';
import { withSetting } from '../setting-value.ts';

type Role = EntityOf<'role'>;
type Attribute =
  | 'isSuperuser'
  | 'inherits'
  | 'canLogin'
  | 'createsRoles'
  | 'createsDatabases'
  | 'replication'
  | 'bypassesRowSecurity';

const ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map([
  ['superuser', 'isSuperuser'],
  ['inherit', 'inherits'],
  ['canlogin', 'canLogin'],
  ['createrole', 'createsRoles'],
  ['createdb', 'createsDatabases'],
  ['isreplication', 'replication'],
  ['bypassrls', 'bypassesRowSecurity'],
]);

/** CREATE ROLE, USER and GROUP. */
export function createRole(stmt: CreateRoleStmt, context: ReplayContext): void {
  const name = stmt.role ?? '';
  const existing = context.graph.global('role', name);
  if (existing && existing.isAssumed !== true) context.refuseDuplicate(existing);
  if (name.startsWith('pg_')) context.refuse(`role name "${name}" is reserved`);
  const options = defElems(stmt.options);
  const role = context.builder.create(
    {
      kind: 'role',
      name,
      isSuperuser: false,
      inherits: true,
      canLogin: stmt.stmt_type === 'ROLESTMT_USER',
      createsRoles: false,
      createsDatabases: false,
      replication: false,
      bypassesRowSecurity: false,
      memberOf: [],
      config: [],
      ...attributes(options),
    },
    context.by,
    existing?.id,
  );
  if (!isSuperuser(context.graph, context.session.role))
    addMembership(context.session.role, role.id, OF_CREATOR, context);
  for (const option of options) {
    const others = rolesOf(option.arg, context);
    for (const other of others) {
      if (option.defname === 'addroleto') addMembership(role.id, other, {}, context);
      if (option.defname === 'rolemembers') addMembership(other, role.id, {}, context);
      if (option.defname === 'adminmembers') addMembership(other, role.id, { admin: true }, context);
    }
  }
}

/** ALTER ROLE with attributes, and ALTER GROUP … ADD and DROP USER. */
export function alterRole(stmt: AlterRoleStmt, context: ReplayContext): void {
  const role = context.grantee(stmt.role);
  if (role === 'public') context.refuse('role "public" does not exist');
  const options = defElems(stmt.options);
  const facts = attributes(options);
  const entity = context.graph.get('role', role);
  if (Object.keys(facts).length > 0) context.builder.alter(entity, facts, context.by);
  for (const option of options.filter((each) => each.defname === 'rolemembers')) {
    for (const member of rolesOf(option.arg, context)) {
      if (stmt.action === -1) removeMembership(member, role, 'all', context);
      else addMembership(member, role, {}, context);
    }
  }
}

/** ALTER ROLE … SET and RESET; settings of one database, or of all roles, are no fact of a role. */
export function alterRoleSet(stmt: AlterRoleSetStmt, context: ReplayContext): void {
  if (stmt.role === undefined || stmt.setstmt === undefined || stmt.database !== undefined) return;
  const id = context.grantee(stmt.role);
  if (id === 'public') context.refuse('role "public" does not exist');
  const role = context.graph.get('role', id);
  context.builder.alter(role, { config: withSetting(role.config, stmt.setstmt, context) }, context.by);
}

function attributes(options: readonly DefElem[]): Partial<Pick<Role, Attribute>> {
  const facts: Partial<Record<Attribute, boolean>> = {};
  for (const option of options) {
    const attribute = ATTRIBUTES.get(option.defname ?? '');
    if (attribute !== undefined) facts[attribute] = defBoolean(option) === true;
  }
  return facts;
}

function rolesOf(arg: Node | undefined, context: ReplayContext): readonly Role['id'][] {
  return (fieldsOf(arg, 'List')?.items ?? []).flatMap((each) => {
    const role = 'RoleSpec' in each ? context.grantee(each.RoleSpec) : 'public';
    return role === 'public' ? [] : [role];
  });
}
