import type { AddressedRule } from '../rule/addressed-rule.ts';
import type { RuleOptions } from '../rule/rule.ts';
import { isInPreset, type Preset, type RuleSetting } from '../rule/setting.ts';
import type { Severity } from '../rule/severity.ts';

export interface Selection {
  readonly preset: Preset;
  /** By rule id or `category/*`, in any order: what names the rule wins over what names its category. */
  readonly settings: ReadonlyMap<string, RuleSetting>;
  /** Run only these ids, whatever preset and settings say (their options and severities still hold); empty = no such limit. */
  readonly only: readonly string[];
}

export interface SelectedRule extends AddressedRule {
  /** Replaces what the rule says; null leaves it to the rule. */
  readonly severity: Severity | null;
  readonly options: RuleOptions;
}

/**
 * The rules that run, in the order of their ids. Ids and option types were checked when the configuration was read.
 * @param tellsEach whether what many do alike is told of each by itself, whatever the options say
 */
export function select(
  rules: readonly AddressedRule[],
  selection: Selection,
  tellsEach = false,
): readonly SelectedRule[] {
  return rules.flatMap(({ id, rule }) => {
    const own = selection.settings.get(id);
    const setting = own ?? selection.settings.get(`${rule.meta.category}/*`);
    const isOn =
      selection.only.length > 0
        ? selection.only.includes(id)
        : setting === undefined
          ? isInPreset(rule.meta, selection.preset)
          : setting.level !== 'off';
    if (!isOn) return [];
    const level = setting?.level ?? 'on';
    return {
      id,
      rule,
      severity: level === 'on' || level === 'off' ? null : level,
      options: { ...rule.defaults, ...own?.options, ...(tellsEach && 'habit' in rule.defaults ? { habit: 0 } : {}) },
    };
  });
}
