import type { BoundExpression } from '../bound-expression.ts';
import type { EntityId } from '../entity-id.ts';
import { autoOn, type Dependency, type EntityBase, normalOn, usedBy } from './entity-base.ts';

export type TriggerEvent = 'insert' | 'update' | 'delete' | 'truncate';

export interface Trigger extends EntityBase<'trigger'> {
  readonly relation: EntityId;
  readonly name: string;
  readonly timing: 'before' | 'after' | 'insteadOf';
  /** In the order insert, update, delete, truncate. */
  readonly events: readonly TriggerEvent[];
  /** UPDATE OF a, b: empty = any column. */
  readonly updateColumns: readonly EntityId[];
  readonly level: 'row' | 'statement';
  /** The function; null where nothing known has its name. */
  readonly function: EntityId | null;
  readonly when: BoundExpression | null;
  readonly arguments: readonly string[];
  readonly enabled: 'origin' | 'disabled' | 'replica' | 'always';
  readonly isConstraint: boolean;
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
  readonly oldTable: string | null;
  readonly newTable: string | null;
}

/** Does it fire where session_replication_role is origin, as it is but where somebody sets it (docs, ALTER TABLE)? */
export function firesInOrigin({ enabled }: Pick<Trigger, 'enabled'>): boolean {
  return enabled === 'origin' || enabled === 'always';
}

export function triggerDependencies(trigger: Trigger): Dependency[] {
  return [
    ...autoOn(trigger.relation),
    ...normalOn(trigger.function, ...trigger.updateColumns),
    ...usedBy(trigger.when),
  ];
}
