import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import type { Acl, Grantee, PrivilegeLetters } from './privileges.ts';

/** What GRANT … ON TABLE is about. */
type GrantedRelation = EntityOf<'table' | 'foreignTable' | 'view' | 'materializedView' | 'sequence'>;

/**
 * The roles whose privileges a role has without SET ROLE: itself, and what it is a member of with INHERIT (PG 16+), over
 * any number of steps (roles_is_member_of() with ROLERECURSE_PRIVS). PUBLIC is nobody's role: every question adds it.
 */
export function effectiveRoles(graph: SchemaGraph, role: EntityId): ReadonlySet<EntityId> {
  const roles = graph.ofKind('role');
  const known = effective.get(roles) ?? new Map<EntityId, ReadonlySet<EntityId>>();
  effective.set(roles, known);
  const made = known.get(role) ?? withMemberships(graph, role);
  known.set(role, made);
  return made;
}

/** By the roles there are: the list is another one as soon as a role changes. */
const effective = new WeakMap<readonly EntityOf<'role'>[], Map<EntityId, ReadonlySet<EntityId>>>();

function withMemberships(graph: SchemaGraph, role: EntityId): ReadonlySet<EntityId> {
  const found = new Set<EntityId>([role]);
  // A set that grows while it is gone through is gone through to its end.
  for (const id of found) {
    const entity = graph.find(id);
    if (entity?.kind !== 'role') continue;
    for (const membership of entity.memberOf) if (membership.inherit) found.add(membership.role);
  }
  return found;
}

/** Whether a role acts with all rights of another (has_privs_of_role()): itself, an inheriting member, or a superuser. */
export function actsAs(graph: SchemaGraph, role: EntityId, other: EntityId): boolean {
  return isSuperuser(graph, role) || effectiveRoles(graph, role).has(other);
}

export function isSuperuser(graph: SchemaGraph, role: Grantee): boolean {
  const entity = role === 'public' ? undefined : graph.find(role);
  return entity?.kind === 'role' && entity.isSuperuser;
}

/** The letters a role holds on an object with this list, its own, inherited and PUBLIC's. Superusers hold all: ask the questions below. */
export function heldLetters(graph: SchemaGraph, role: Grantee, acl: Acl): PrivilegeLetters {
  if (acl.length === 0) return '';
  const roles = role === 'public' ? undefined : effectiveRoles(graph, role);
  let held = '';
  for (const { grantee, privileges } of acl) if (grantee === 'public' || roles?.has(grantee)) held += privileges;
  return held;
}

/** What membership in predefined roles gives on every relation and schema (docs 21.5). */
const PREDEFINED: ReadonlyMap<string, { readonly relation: PrivilegeLetters; readonly schema: PrivilegeLetters }> =
  new Map([
    ['pg_read_all_data', { relation: 'r', schema: 'U' }],
    ['pg_write_all_data', { relation: 'awd', schema: 'U' }],
    ['pg_maintain', { relation: 'm', schema: '' }],
  ]);

function holdsByPredefinedRole(graph: SchemaGraph, role: Grantee, on: 'relation' | 'schema', letter: string): boolean {
  if (role === 'public') return false;
  for (const id of effectiveRoles(graph, role)) {
    const entity = graph.find(id);
    if (entity?.kind === 'role' && PREDEFINED.get(entity.name)?.[on].includes(letter) === true) return true;
  }
  return false;
}

/** Whether the role holds all of these privileges on the whole relation (has_table_privilege()). */
export function mayTable(
  graph: SchemaGraph,
  role: Grantee,
  relation: GrantedRelation,
  letters: PrivilegeLetters,
): boolean {
  if (isSuperuser(graph, role)) return true;
  const held = heldLetters(graph, role, relation.acl);
  for (const letter of letters)
    if (!held.includes(letter) && !holdsByPredefinedRole(graph, role, 'relation', letter)) return false;
  return true;
}

/** Whether the role holds these privileges on the column, through the relation or through the column's own list (has_column_privilege()). */
export function mayColumn(
  graph: SchemaGraph,
  role: Grantee,
  column: EntityOf<'column'>,
  letters: PrivilegeLetters,
): boolean {
  const relation = graph.find(column.relation);
  if (relation === undefined || !('acl' in relation) || relation.kind === 'compositeType') return false;
  const own = heldLetters(graph, role, column.acl);
  return [...letters].every(
    (letter) => own.includes(letter) || mayTable(graph, role, relation as GrantedRelation, letter),
  );
}

/** Whether the role holds the privilege on the relation or on at least one of its columns (has_any_column_privilege()). */
export function mayAnyColumn(
  graph: SchemaGraph,
  role: Grantee,
  relation: GrantedRelation,
  letter: PrivilegeLetters,
): boolean {
  return (
    mayTable(graph, role, relation, letter) ||
    graph.columns(relation.id).some((column) => column.acl.length > 0 && mayColumn(graph, role, column, letter))
  );
}

/** Whether the role may call the function (has_function_privilege()); reaching it by name also takes USAGE of its schema. */
export function mayExecute(graph: SchemaGraph, role: Grantee, fn: EntityOf<'function'>): boolean {
  return isSuperuser(graph, role) || heldLetters(graph, role, fn.acl).includes('X');
}

/** Whether the role may look for names in the schema (has_schema_privilege(…, 'usage')). */
export function mayUseSchema(graph: SchemaGraph, role: Grantee, schema: EntityOf<'schema'>): boolean {
  return (
    isSuperuser(graph, role) ||
    heldLetters(graph, role, schema.acl).includes('U') ||
    holdsByPredefinedRole(graph, role, 'schema', 'U')
  );
}

/** Superusers and BYPASSRLS roles; the attribute is not inherited (docs 5.9, and has_bypassrls_privilege()). */
export function bypassesRowSecurity(graph: SchemaGraph, role: Grantee): boolean {
  const entity = role === 'public' ? undefined : graph.find(role);
  return entity?.kind === 'role' && (entity.isSuperuser || entity.bypassesRowSecurity);
}

/** Whether the table's policies limit the role: enabled, not bypassed, and its owner only under FORCE (check_enable_rls()). */
export function isUnderRowSecurity(graph: SchemaGraph, role: Grantee, table: EntityOf<'table'>): boolean {
  if (!table.rowSecurity || bypassesRowSecurity(graph, role)) return false;
  return table.forceRowSecurity || role === 'public' || !actsAs(graph, role, table.owner);
}
