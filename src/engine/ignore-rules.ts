import type { AddressedRule } from '../rule/addressed-rule.ts';
import { defineRule } from '../rule/rule.ts';

const FORM = '`-- ddlint-ignore rule-id: reason`';

/** The engine makes their findings itself, when it applies the ignore comments: they are shown nothing. */
export const invalidIgnore = defineRule({
  meta: {
    id: 'invalid-ignore',
    category: 'migration',
    severity: 'medium',
    summary: 'An ignore comment names a rule that does not exist, or gives no reason.',
    why: 'Such a comment silences nothing, so what it was written for is still reported, and the next reader takes it for settled.',
    remedy: `Write ${FORM} with a rule of \`ddlint rules\` and the reason why the finding is meant to be so.`,
    messages: {
      unknownRule: 'The ignore comment on line {{line}} of {{file}} names {{rule}}, and there is no such rule.{{hint}}',
      noReason: `The ignore comment on line {{line}} of {{file}} gives no reason; write ${FORM}.`,
      noRule: `The ignore comment on line {{line}} of {{file}} names no rule; write ${FORM}.`,
    },
    restsOn: [],
    needs: ['history'],
  },
  visit: {},
});

export const unusedIgnore = defineRule({
  meta: {
    id: 'unused-ignore',
    category: 'migration',
    severity: 'low',
    summary: 'An ignore comment silences nothing: the rule finds nothing there.',
    why: 'A comment that outlived its finding will hide the next one that is not meant to be so.',
    remedy: 'Remove the comment, or move it in front of the statement it is about.',
    messages: {
      unused: 'The ignore comment on line {{line}} of {{file}} is not needed: {{rule}} finds nothing there.',
    },
    restsOn: [],
    needs: ['history'],
  },
  visit: {},
});

export const IGNORE_RULES: readonly AddressedRule[] = [invalidIgnore, unusedIgnore].map((rule) => ({
  id: rule.meta.id,
  rule,
}));
