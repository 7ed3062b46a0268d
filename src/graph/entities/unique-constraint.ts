import type { EntityId } from '../entity-id.ts';
import { autoOn, type Dependency, type EntityBase } from './entity-base.ts';

/** UNIQUE as a constraint; a bare CREATE UNIQUE INDEX is only an index. */
export interface UniqueConstraint extends EntityBase<'uniqueConstraint'> {
  readonly table: EntityId;
  readonly name: string;
  readonly columns: readonly EntityId[];
  readonly nullsNotDistinct: boolean;
  readonly index: EntityId;
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
}

export function uniqueConstraintDependencies(constraint: UniqueConstraint): Dependency[] {
  return autoOn(constraint.table, ...constraint.columns, constraint.index);
}
