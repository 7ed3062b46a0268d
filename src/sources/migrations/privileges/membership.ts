import type { Membership } from '../../../graph/entities/role.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { ReplayContext } from '../context.ts';

export type MembershipOptions = Partial<Pick<Membership, 'admin' | 'inherit' | 'set'>>;

/** GRANT role TO member: options that are not named stay, or are those of a new membership (docs, GRANT on roles). */
export function addMembership(
  member: EntityId,
  role: EntityId,
  options: MembershipOptions,
  context: ReplayContext,
): void {
  const entity = context.graph.get('role', member);
  const found = entity.memberOf.find((each) => each.role === role);
  if (found) {
    const changed = { ...found, ...options };
    const isSame = changed.admin === found.admin && changed.inherit === found.inherit && changed.set === found.set;
    if (isSame) return;
    const memberOf = entity.memberOf.map((each) => (each === found ? changed : each));
    context.builder.alter(entity, { memberOf }, context.by);
    return;
  }
  const made = { role, admin: false, inherit: entity.inherits, set: true, ...options };
  context.builder.alter(entity, { memberOf: [...entity.memberOf, made] }, context.by);
}

/** REVOKE role FROM member: the whole membership, or one option of it. */
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
    return what === 'all' ? [] : [{ ...each, ...Object.fromEntries(what.map((option) => [option, false])) }];
  });
  context.builder.alter(entity, { memberOf }, context.by);
}
