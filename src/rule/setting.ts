import type { AnyRule, RuleOptions } from './rule.ts';
import type { Severity } from './severity.ts';

export const PRESETS = ['recommended', 'strict', 'security'] as const;
export type Preset = (typeof PRESETS)[number];

/** `on` keeps the severities the rule chooses itself; a severity replaces them all. */
export type RuleLevel = Severity | 'on' | 'off';

export interface RuleSetting {
  readonly level: RuleLevel;
  readonly options: RuleOptions;
}

/** recommended: what is certain, and what is likely and says so itself. strict: all. security: that category. */
export function isInPreset(meta: AnyRule['meta'], preset: Preset): boolean {
  switch (preset) {
    case 'strict':
      return true;
    case 'security':
      return meta.category === 'security';
    case 'recommended':
      return isRecommended(meta);
  }
}

export function isRecommended(meta: AnyRule['meta']): boolean {
  return meta.recommended ?? meta.confidence !== 'likely';
}

/** What is wrong with an option's value, as the end of a sentence; undefined when it fits. The default's type is the option's type. */
export function optionProblem(value: unknown, byDefault: RuleOptions[string]): string | undefined {
  if (Array.isArray(byDefault)) {
    const fits = Array.isArray(value) && value.every((each) => typeof each === 'string');
    return fits ? undefined : 'must be a list of strings';
  }
  if (typeof value === typeof byDefault) return undefined;
  return `must be a ${typeof byDefault}`;
}
