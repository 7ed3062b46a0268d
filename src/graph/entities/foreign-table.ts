import type { QualifiedName } from '../../sql/name.ts';
import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import { type Dependency, type EntityBase, normalOn } from './entity-base.ts';
import type { StorageOption } from './table.ts';

export interface ForeignTable extends EntityBase<'foreignTable'> {
  readonly name: QualifiedName;
  readonly server: EntityId | null;
  readonly options: readonly StorageOption[];
  readonly owner: EntityId;
  readonly acl: Acl;
}

export function foreignTableDependencies(table: ForeignTable): Dependency[] {
  return normalOn(table.server);
}
