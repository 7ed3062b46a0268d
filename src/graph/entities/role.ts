import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import { autoOn, type Dependency, type EntityBase } from './entity-base.ts';

export interface Membership {
  readonly role: EntityId;
  readonly admin: boolean;
  readonly inherit: boolean;
  readonly set: boolean;
}

export interface Role extends EntityBase<'role'> {
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly inherits: boolean;
  readonly canLogin: boolean;
  readonly createsRoles: boolean;
  readonly createsDatabases: boolean;
  readonly replication: boolean;
  readonly bypassesRowSecurity: boolean;
  readonly memberOf: readonly Membership[];
  /** ALTER ROLE … SET. */
  readonly config: readonly { readonly name: string; readonly value: string }[];
}

export type DefaultAclClass = 'table' | 'sequence' | 'function' | 'type' | 'schema';

/**
 * ALTER DEFAULT PRIVILEGES (pg_default_acl): the list for objects that `role` will create. With `schema` null it replaces the
 * built-in default; with a schema it is added to that (docs, ALTER DEFAULT PRIVILEGES, notes).
 */
export interface DefaultPrivileges extends EntityBase<'defaultPrivileges'> {
  readonly role: EntityId;
  readonly schema: EntityId | null;
  readonly objects: DefaultAclClass;
  readonly acl: Acl;
}

export function defaultPrivilegesDependencies(defaults: DefaultPrivileges): Dependency[] {
  return autoOn(defaults.role, defaults.schema);
}
