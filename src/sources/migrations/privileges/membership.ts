import type { Membership } from '../../../graph/entities/role.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { ReplayContext } from '../context.ts';

export type MembershipOptions = Partial<Pick<Membership, 'admin' | 'inherit' | 'set'>>;

/** What a creator who is no superuser has of the role: it may administer it but does not act as it (docs 21.3, PG 16+). */
export const OF_CREATOR = { admin: true, inherit: false, set: false } as const;

/**
 * GRANT role TO member: options that are not named stay, or are those of a new membership (docs, GRANT on roles). What the
 * creator has is the cluster's grant: a GRANT makes another one beside it.
 */
export function addMembership(
  member: EntityId,
  role: EntityId,
  options: MembershipOptions,
  context: ReplayContext,
): void {
  const entity = context.graph.get('role', member);
  const found = entity.memberOf.find((each) => each.role === role);
  if (found) {
    const isOfCreator = found.admin && !found.inherit && !found.set;
    const beside = { inherit: entity.inherits, set: true, ...options, admin: true };
    const changed = { ...found, ...(isOfCreator ? beside : options) };
    const isSame = changed.admin === found.admin && changed.inherit === found.inherit && changed.set === found.set;
    if (isSame) return;
    const memberOf = entity.memberOf.map((each) => (each === found ? changed : each));
    context.builder.alter(entity, { memberOf }, context.by);
    return;
  }
  const made = { role, admin: false, inherit: entity.inherits, set: true, ...options };
  context.builder.alter(entity, { memberOf: [...entity.memberOf, made] }, context.by);
}

/** REVOKE role FROM member: the whole membership, or one option of it. What the creator was given by the cluster it cannot take. */
export function removeMembership(
  member: EntityId,
  role: EntityId,
  what: 'all' | readonly (keyof MembershipOptions)[],
  context: ReplayContext,
): void {
  const entity = context.graph.get('role', member);
  if (!entity.memberOf.some((each) => each.role === role)) return;
  const memberOf = entity.memberOf.flatMap((each) => {
    if (each.role !== role) return [each];
    if (what === 'all') return each.admin && member === context.session.role ? [{ role, ...OF_CREATOR }] : [];
    return [{ ...each, ...Object.fromEntries(what.map((option) => [option, false])) }];
  });
  context.builder.alter(entity, { memberOf }, context.by);
}
