import type { Trigger } from '../../../graph/entities/trigger.ts';

const STATES: ReadonlyMap<string, Trigger['enabled']> = new Map([
  ['O', 'origin'],
  ['D', 'disabled'],
  ['R', 'replica'],
  ['A', 'always'],
]);

/** tgenabled and evtenabled: in which session_replication_role modes it fires (docs 52.56). */
export function enabledState(letter: string): Trigger['enabled'] {
  return STATES.get(letter) ?? 'origin';
}
