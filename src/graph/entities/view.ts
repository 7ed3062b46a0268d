import type { QualifiedName } from '../../sql/name.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import type { Acl } from '../privileges/privileges.ts';
import { type Dependency, type EntityBase, usedBy } from './entity-base.ts';

export interface View extends EntityBase<'view'> {
  readonly name: QualifiedName;
  readonly query: BoundExpression;
  /** Reads its tables with the caller's rights (PG 15+). */
  readonly securityInvoker: boolean;
  readonly securityBarrier: boolean;
  readonly checkOption: 'local' | 'cascaded' | null;
  readonly owner: EntityId;
  readonly acl: Acl;
}

export function viewDependencies(view: View): Dependency[] {
  return usedBy(view.query);
}
