import type { QualifiedName } from '../../sql/name.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import { type Dependency, type EntityBase, usedBy } from './entity-base.ts';
import type { StorageOption } from './table.ts';

export interface MaterializedView extends EntityBase<'materializedView'> {
  readonly name: QualifiedName;
  readonly query: BoundExpression;
  readonly isPopulated: boolean;
  readonly options: readonly StorageOption[];
  readonly owner: EntityId;
  readonly acl: Acl;
}

export function materializedViewDependencies(view: MaterializedView): Dependency[] {
  return usedBy(view.query);
}
