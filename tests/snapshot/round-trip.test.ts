// What is written down and read back is the same schema, to the byte when it is written again, and has the same findings.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastGlob from 'fast-glob';
import { beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import { loadBuiltInRules } from '../../src/config/built-in-rules.ts';
import { compareGraphs } from '../../src/graph/difference/compare-graphs.ts';
import type { AddressedRule } from '../../src/rule/addressed-rule.ts';
import { migrations } from '../../src/sources/migrations/migrations.ts';
import { parseSnapshot } from '../../src/sources/snapshot/parse-snapshot.ts';
import { readSnapshot } from '../../src/sources/snapshot/read-snapshot.ts';
import { writeSnapshot } from '../../src/sources/snapshot/write-snapshot.ts';
import type { Reading } from '../../src/sources/source.ts';

let rules: readonly AddressedRule[];

beforeAll(async () => {
  rules = await loadBuiltInRules();
});

function read(cwd: string, paths: readonly string[] = []): Promise<Reading> {
  return migrations({ cwd, paths, platform: 'auto', exposure: 'auto' }).read();
}

const OPTIONS = { ddlint: '0.0.0', statistics: true, names: 'migrations' } as const;

async function roundTrip(reading: Reading): Promise<Reading> {
  const text = writeSnapshot(reading, OPTIONS);
  const back = await readSnapshot(parseSnapshot(text, 'schema.json'));
  expect(compareGraphs(reading.graph, back.graph)).toEqual([]);
  expect(writeSnapshot(back, OPTIONS)).toBe(text);
  return back;
}

/** But for what is silenced by comments, whose text a snapshot does not hold. */
async function findings(reading: Reading): Promise<readonly string[]> {
  const source = { name: '', read: async () => ({ ...reading, texts: new Map() }) };
  const { report } = await audit(source, { rules, selection: { preset: 'strict', settings: new Map(), only: [] } });
  return report.findings.map(({ ruleId, severity, message }) => `${ruleId} ${severity}: ${message}`);
}

describe('statements', () => {
  const root = join('fixtures', 'replay');
  it.each(fastGlob.sync('**/*.sql', { cwd: root }).sort())('%s', async (file) => {
    await roundTrip(await read(root, [file]));
  });
});

describe('example projects', () => {
  const root = join('fixtures', 'projects');
  const projects = readdirSync(root, { withFileTypes: true }).filter((each) => each.isDirectory());
  it.each(projects.map(({ name }) => name))('%s', async (name) => {
    const reading = await read(join(root, name));
    const withoutHistory = {
      ...reading,
      journal: [],
      migrations: [],
      statements: [],
      provides: new Set(['privileges' as const]),
    };
    expect(await findings(await roundTrip(reading))).toEqual(await findings(withoutHistory));
  });
});
