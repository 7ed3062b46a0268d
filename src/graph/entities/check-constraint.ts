import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { autoOn, type Dependency, type EntityBase, usedBy } from './entity-base.ts';

/** CHECK of a table or a domain. */
export interface CheckConstraint extends EntityBase<'checkConstraint'> {
  /** The table, foreign table or domain. */
  readonly on: EntityId;
  readonly name: string;
  readonly expression: BoundExpression;
  readonly isValidated: boolean;
  readonly isEnforced: boolean;
  readonly noInherit: boolean;
  /** Comes only from a parent table (conislocal is false). */
  readonly isInherited: boolean;
}

export function checkConstraintDependencies(check: CheckConstraint): Dependency[] {
  return [...autoOn(check.on), ...usedBy(check.expression, check.on, 'auto')];
}
