import type { Entity, EntityOf } from '../../../graph/entities/index.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import { type Acl, withGrant } from '../../../graph/privileges/privileges.ts';
import type { ReplayContext } from '../context.ts';
import { maySetRole } from './authority.ts';

/** An entity that belongs to a role. */
export type Owned = Extract<Entity, { readonly owner: EntityId }>;

export function isOwned(entity: Entity): entity is Owned {
  return 'owner' in entity;
}

function hasAcl(entity: Owned): entity is Extract<Owned, { readonly acl: Acl }> {
  return 'acl' in entity;
}

/** Gives the entity to another role, with its columns' lists and, for a table, what is the table's own: sequences of its columns. */
export function changeOwner(entity: Owned, owner: EntityId, context: ReplayContext): void {
  const before = entity.owner;
  if (before === owner) return;
  const { builder, graph, by } = context;
  if (!maySetRole(owner, context)) context.actsFor.add(owner);
  if (hasAcl(entity)) builder.alter(entity, { owner, acl: newOwnerAcl(entity.acl, before, owner) }, by);
  else builder.alter<Owned>(entity, { owner }, by);
  for (const column of graph.columns(entity.id)) {
    if (column.acl.length > 0) builder.alter(column, { acl: newOwnerAcl(column.acl, before, owner) }, by);
    for (const sequence of ownedSequences(column, context)) changeOwner(sequence, owner, context);
  }
}

function ownedSequences(column: EntityOf<'column'>, { graph }: ReplayContext): readonly EntityOf<'sequence'>[] {
  return graph
    .dependents(column.id)
    .filter((each): each is EntityOf<'sequence'> => each.kind === 'sequence' && each.ownedBy === column.id);
}

/** aclnewowner() (src/backend/utils/adt/acl.c): the new owner stands where the old one stood. */
function newOwnerAcl(acl: Acl, before: EntityId, owner: EntityId): Acl {
  const old = acl.find((entry) => entry.grantee === before);
  if (old === undefined) return acl;
  const rest = acl.map((entry) => (entry === old ? { ...entry, grantee: owner } : entry));
  const twice = acl.find((entry) => entry.grantee === owner);
  if (twice === undefined) return rest;
  const others = rest.filter((entry) => entry.grantee !== owner);
  return withGrant([...others, twice], owner, old.privileges, old.grantable);
}
