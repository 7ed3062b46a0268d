import type { AddressedRule } from '../../src/rule/addressed-rule.ts';
import { isRecommended } from '../../src/rule/setting.ts';
import { CATEGORIES, SEVERITIES } from '../../src/rule/severity.ts';
import { NOTICE } from './rule-page.ts';

/** rules/README.md: every rule on a line. */
export function ruleIndex(rules: readonly AddressedRule[]): string {
  const sections = CATEGORIES.flatMap((category) => {
    const own = rules
      .filter(({ rule }) => rule.meta.category === category)
      .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
    if (own.length === 0) return [];
    const lines = own.map(({ id, rule: { meta } }) => {
      const mark = isRecommended(meta) ? '★' : '';
      return `| [${id}](${category}/${id}.md) | ${meta.severity} | ${meta.confidence ?? 'certain'} | ${mark} | ${meta.summary} |`;
    });
    return [
      `## ${category}`,
      ['| rule | severity | confidence | ★ | what it looks for |', '| --- | --- | --- | --- | --- |', ...lines].join(
        '\n',
      ),
    ];
  });
  return `${[NOTICE, '# The rules', INTRODUCTION.replace('{{count}}', String(rules.length)), ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `{{count}} rules. ★ = in the preset \`recommended\`; \`strict\` has all, \`security\` that category. *likely* = the rule rests on a name or on
intent; all others are provable from the schema. \`ddlint explain RULE\` prints a page in the terminal.

\`invalid-ignore\` and \`unused-ignore\` watch over the ignore comments themselves; the engine makes their findings, so they have no file here.`;

function rank({ rule }: AddressedRule): number {
  return SEVERITIES.indexOf(rule.meta.severity);
}
