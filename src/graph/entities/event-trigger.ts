import type { EntityId } from '../entity-id.ts';
import { type Dependency, type EntityBase, normalOn } from './entity-base.ts';

export interface EventTrigger extends EntityBase<'eventTrigger'> {
  readonly name: string;
  readonly event: string;
  readonly tags: readonly string[];
  readonly function: EntityId | null;
  readonly enabled: 'origin' | 'disabled' | 'replica' | 'always';
  readonly owner: EntityId;
}

export function eventTriggerDependencies(trigger: EventTrigger): Dependency[] {
  return normalOn(trigger.function);
}
