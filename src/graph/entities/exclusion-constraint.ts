import type { EntityId } from '../entity-id.ts';
import { autoOn, type Dependency, type EntityBase } from './entity-base.ts';

/** EXCLUDE USING method (key WITH operator, …); its keys and predicate are those of `index`. */
export interface ExclusionConstraint extends EntityBase<'exclusionConstraint'> {
  readonly table: EntityId;
  readonly name: string;
  readonly index: EntityId;
  /** One operator a key of the index, in order. */
  readonly operators: readonly string[];
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
}

export function exclusionConstraintDependencies(constraint: ExclusionConstraint): Dependency[] {
  // Through the index it goes with the columns of its keys.
  return autoOn(constraint.table, constraint.index);
}
