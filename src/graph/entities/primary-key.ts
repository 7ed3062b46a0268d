import type { EntityId } from '../entity-id.ts';
import { autoOn, type Dependency, type EntityBase } from './entity-base.ts';

export interface PrimaryKey extends EntityBase<'primaryKey'> {
  readonly table: EntityId;
  readonly name: string;
  readonly columns: readonly EntityId[];
  readonly index: EntityId;
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
}

export function primaryKeyDependencies(key: PrimaryKey): Dependency[] {
  return autoOn(key.table, ...key.columns, key.index);
}
