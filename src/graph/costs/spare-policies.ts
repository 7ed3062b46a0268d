import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import { implies } from '../policies/alternatives.ts';

type Policy = EntityOf<'policy'>;

/**
 * The permissive policies that let nothing through that another one of them does not: it is for the same roles and commands, and
 * their conditions are among its own. Of those that say the same, all but the first.
 */
export function sparePolicies(policies: readonly Policy[]): readonly Policy[] {
  let left = [...policies].sort((a, b) => a.id - b.id);
  for (const policy of [...left].reverse())
    if (left.some((each) => each !== policy && letsThroughAllOf(each, policy)))
      left = left.filter((each) => each !== policy);
  return policies.filter((each) => !left.includes(each));
}

function letsThroughAllOf(policy: Policy, other: Policy): boolean {
  if (policy.command !== 'all' && policy.command !== other.command) return false;
  if (!policy.roles.includes('public') && !other.roles.every((each) => policy.roles.includes(each))) return false;
  const isWriting = other.command !== 'select' && other.command !== 'delete';
  return (
    (other.command === 'insert' || isImplied(other.using, policy.using)) &&
    (!isWriting || isImplied(other.check ?? other.using, policy.check ?? policy.using))
  );
}

function isImplied(clause: BoundExpression | null, by: BoundExpression | null): boolean {
  return clause !== null && by !== null && implies(clause, by);
}
