import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { autoOn, type Dependency, type EntityBase, usedBy } from './entity-base.ts';

/** CREATE RULE; a view's own _RETURN rule is not one. */
export interface RewriteRule extends EntityBase<'rewriteRule'> {
  readonly relation: EntityId;
  readonly name: string;
  readonly event: 'select' | 'insert' | 'update' | 'delete';
  readonly isInstead: boolean;
  readonly condition: BoundExpression | null;
  readonly actions: readonly BoundExpression[];
}

export function rewriteRuleDependencies(rule: RewriteRule): Dependency[] {
  return [...autoOn(rule.relation), ...usedBy(rule.condition), ...rule.actions.flatMap((action) => usedBy(action))];
}
