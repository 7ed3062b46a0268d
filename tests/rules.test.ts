// Every rule over its fixtures: findings stand where the markers say, fixes close them, and real Postgres runs both.
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadBuiltInRules } from '../src/config/built-in-rules.ts';
import { checkOnPostgres, FixtureDatabases } from '../src/testing/check-on-postgres.ts';
import { auditFixture, checkRule } from '../src/testing/check-rule.ts';
import { readFixtures } from '../src/testing/fixture.ts';

const rules = await loadBuiltInRules();
const databases = new FixtureDatabases();
afterAll(() => databases.close());

describe.each(rules)('$id', (rule) => {
  const folder = fileURLToPath(new URL(`../fixtures/rules/${rule.rule.meta.category}/${rule.id}/`, import.meta.url));
  const fixtures = readFixtures(folder);
  const others = rules.filter((each) => each !== rule);

  it('has bad and good fixtures', () => {
    expect(fixtures.some((fixture) => fixture.isBad)).toBe(true);
    expect(fixtures.some((fixture) => !fixture.isBad)).toBe(true);
  });

  it.each(fixtures)('$name', async (fixture) => {
    expect(await checkRule(rule, fixture, others)).toEqual([]);
    const report = await auditFixture([rule.id], fixture, [rule]);
    expect(await checkOnPostgres(fixture, report, databases)).toEqual([]);
  });
});
