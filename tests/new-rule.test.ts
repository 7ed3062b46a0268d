import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { newRule } from '../scripts/new-rule.ts';
import type { AnyRule } from '../src/rule/rule.ts';
import { checkRule } from '../src/testing/check-rule.ts';
import { readFixtures } from '../src/testing/fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'ddlint-new-rule-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('writes a rule and fixtures that already work together', async () => {
  expect(newRule('performance/slow-thing', folder)).toEqual([
    'rules/performance/slow-thing.ts',
    'fixtures/rules/performance/slow-thing/bad.sql',
    'fixtures/rules/performance/slow-thing/good.sql',
  ]);
  const file = join(folder, 'rules/performance/slow-thing.ts');
  const door = fileURLToPath(new URL('../src/rule/index.ts', import.meta.url));
  const text = readFileSync(file, 'utf8');
  expect(text).toContain("from '../../src/rule/index.ts'");
  writeFileSync(file, text.replace('../../src/rule/index.ts', door));
  const { default: rule } = (await import(/* @vite-ignore */ file)) as { default: AnyRule };
  const fixtures = readFixtures(join(folder, 'fixtures/rules/performance/slow-thing'));
  expect(fixtures.map((fixture) => fixture.name)).toEqual(['bad.sql', 'good.sql']);
  for (const fixture of fixtures) expect(await checkRule({ id: rule.meta.id, rule }, fixture)).toEqual([]);
});

it.each([
  ['slow-thing', 'CATEGORY/RULE-ID'],
  ['speed/slow-thing', 'the categories are security, performance'],
  ['performance/SlowThing', 'SlowThing is no rule id'],
  ['performance/slow-thing/x', 'CATEGORY/RULE-ID'],
])('refuses %s', (address, sentence) => {
  expect(() => newRule(address, folder)).toThrow(sentence);
});

it('does not write over a rule', () => {
  newRule('design/twice', folder);
  expect(() => newRule('design/twice', folder)).toThrow('rules/design/twice.ts exists already.');
});
