import type { AnyRule } from './rule.ts';

/** A rule under the id people write: a built-in one's own, a plugin's as `plugin/id`. */
export interface AddressedRule {
  readonly id: string;
  readonly rule: AnyRule;
}
