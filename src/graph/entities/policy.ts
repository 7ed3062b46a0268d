import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { autoOn, type Dependency, type EntityBase, isRole, normalOn, usedBy } from './entity-base.ts';

export type PolicyCommand = 'all' | 'select' | 'insert' | 'update' | 'delete';

export interface Policy extends EntityBase<'policy'> {
  readonly table: EntityId;
  readonly name: string;
  readonly command: PolicyCommand;
  readonly isPermissive: boolean;
  /** TO; without it PUBLIC. */
  readonly roles: readonly Grantee[];
  readonly using: BoundExpression | null;
  readonly check: BoundExpression | null;
}

export function policyDependencies(policy: Policy): Dependency[] {
  return [
    ...autoOn(policy.table),
    ...normalOn(...policy.roles.filter(isRole)),
    ...usedBy(policy.using),
    ...usedBy(policy.check),
  ];
}
