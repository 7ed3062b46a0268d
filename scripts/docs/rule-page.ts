import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressedRule } from '../../src/rule/addressed-rule.ts';
import { isInPreset, PRESETS } from '../../src/rule/setting.ts';
import { type Fixture, readFixtures } from '../../src/testing/fixture.ts';

/** The page of one rule, from its meta and its fixtures. */
export function rulePage({ id, rule }: AddressedRule, fixtures: string): string {
  const { meta, defaults } = rule;
  const facts = [
    ['Category', meta.category],
    ['Severity', meta.severity],
    ['Confidence', meta.confidence === 'likely' ? 'likely: it rests on a name or on intent' : 'certain'],
    ['Preset', presets(meta).join(', ')],
    ['Needs', (meta.needs ?? []).join(', ')],
    ['Replaces', (meta.equivalents ?? []).map((each) => `\`${each}\``).join(', ')],
  ].filter(([, value]) => value !== '');
  const options = Object.entries(defaults).map(
    ([name, value]) => `| \`${name}\` | \`${JSON.stringify(value)}\` | ${meta.optionDocs?.[name] ?? ''} |`,
  );
  const found = readFixtures(join(fixtures, meta.category, id));
  const sections = [
    `# ${id}`,
    meta.summary,
    ['| | |', '| --- | --- |', ...facts.map(([name, value]) => `| ${name} | ${value} |`)].join('\n'),
    `## Why\n\n${meta.why}`,
    `## What to do\n\n${meta.remedy}`,
    meta.scope === undefined ? '' : `## What is reported\n\n${meta.scope.map((each) => `- ${each}`).join('\n')}`,
    options.length === 0
      ? ''
      : `## Options\n\n${['| option | default | |', '| --- | --- | --- |', ...options].join('\n')}`,
    example('Example: reported', preferred(found, true)),
    example('Example: not reported', preferred(found, false)),
    `## Ignore it\n\n\`\`\`sql\n-- ddlint-ignore ${id}: why it is meant to be so\n\`\`\``,
    (meta.references ?? []).length === 0
      ? ''
      : `## More\n\n${(meta.references ?? []).map((link) => `- <${link}>`).join('\n')}`,
  ];
  return `${NOTICE}\n\n${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function presets(meta: AddressedRule['rule']['meta']): readonly string[] {
  return PRESETS.filter((preset) => isInPreset(meta, preset));
}

/** The plain example if there is one, or else the first. */
function preferred(fixtures: readonly Fixture[], isBad: boolean): Fixture | undefined {
  const fitting = fixtures.filter((fixture) => fixture.isBad === isBad);
  return fitting.find((fixture) => /^(bad|good)\.sql$/.test(fixture.name)) ?? fitting[0];
}

export const NOTICE = '<!-- Made by `npm run docs`: edit the rule and its fixtures, not this page. -->';

function example(title: string, fixture: Fixture | undefined): string {
  if (fixture === undefined) return '';
  const blocks = fixture.files.map((file) => {
    const text = readFileSync(join(fixture.folder, file), 'utf8').replaceAll('\r\n', '\n').trimEnd();
    const name = fixture.files.length > 1 ? `\`${file}\`\n\n` : '';
    return `${name}${fenced(text.replace(/-- expect: .*$/gm, '-- ← here'))}`;
  });
  return `## ${title}\n\n${blocks.join('\n\n')}`;
}

/** A fence longer than any run of backticks inside. */
function fenced(sql: string): string {
  const longest = Math.max(2, ...[...sql.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sql\n${sql}\n${fence}`;
}
