import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastGlob from 'fast-glob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBuiltInRules } from '../src/config/built-in-rules.ts';
import { driftBetween } from '../src/drift/drift.ts';
import type { AddressedRule } from '../src/rule/addressed-rule.ts';
import { type Discovered, type DiscoveryOptions, discover } from '../src/sources/migrations/discovery/discover.ts';
import { replayDiscovered } from '../src/sources/migrations/migrations.ts';
import { loadParser } from '../src/sql/parse.ts';
import {
  fitsTransaction,
  type Parity,
  parityInTransaction,
  parityOf,
  parityText,
} from '../src/testing/compare-graphs.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/testing/embedded-postgres.ts';
import { readFixtures } from '../src/testing/fixture.ts';
import { timelessFindings } from '../src/testing/same-findings.ts';

// Real Postgres is the oracle: the same SQL through the replay and through a server and the catalog reader gives one graph.

const databases = new Map<string, Promise<EmbeddedPostgres>>();

let rules: readonly AddressedRule[];

beforeAll(async () => {
  await loadParser();
  rules = await loadBuiltInRules();
});

afterAll(async () => {
  for (const database of databases.values()) await (await database).close();
});

async function parity(options: Partial<DiscoveryOptions> & Pick<DiscoveryOptions, 'paths' | 'cwd'>): Promise<Parity> {
  const found = discover({ platform: 'auto', exposure: 'auto', ...options });
  if (fitsTransaction(found)) return parityInTransaction(await shared(found), found);
  const database = await startEmbeddedPostgres(found);
  try {
    return await parityOf(database, found);
  } finally {
    await database.close();
  }
}

/** One database for all histories that can be rolled back. */
function shared(found: Discovered): Promise<EmbeddedPostgres> {
  const key = `${found.platform} ${found.exposure}`;
  const known = databases.get(key) ?? startEmbeddedPostgres(found);
  databases.set(key, known);
  return known;
}

/** What replay refuses, as sentences for a failing test. */
function problems({ replayed }: Parity): readonly string[] {
  const failed = replayed.journal.flatMap((change) =>
    change.type === 'failed' ? [JSON.stringify(change.problem)] : [],
  );
  return [...failed, ...replayed.notUnderstood.map(({ what }) => what)];
}

/** Places of statements that the replay refuses and the server does not; that a fixture is about one is no harm. */
async function refusedByReplayAlone(
  { run }: Parity,
  options: Parameters<typeof parity>[0],
): Promise<readonly string[]> {
  const { journal } = await replayDiscovered(discover({ platform: 'auto', exposure: 'auto', ...options }), {});
  const refused = new Set(run.refused.map(({ at }) => `${at.file}:${at.start}`));
  const places = journal.flatMap((change) =>
    change.type === 'failed' && change.by.within === null ? [`${change.by.at.file}:${change.by.at.start}`] : [],
  );
  return places.filter((place) => !refused.has(place));
}

/** `drift` prints nothing, and `audit` finds what `lint` finds; where lint withholds a finding, audit makes it. */
async function agrees({ replayed, catalog }: Parity): Promise<void> {
  const { drifted } = driftBetween(replayed, catalog, 'files', 'database');
  // Of the one role that the embedding changes, `problems` and `parityText` tell all that is left.
  const others = drifted.filter(({ kind, name }) => kind !== 'role' || name !== 'postgres');
  expect(others.map(({ kind, name, state, facts }) => ({ kind, name, state, facts }))).toEqual([]);
  const [lint, audit] = [await timelessFindings(replayed, rules), await timelessFindings(catalog, rules)];
  if (replayed.doubts.length === 0) expect(audit).toEqual(lint);
  else expect(audit).toEqual(expect.arrayContaining([...lint]));
}

const EXPOSURES = ['legacy', 'explicit-grants'] as const;
type Case = readonly [file: string, platform: 'supabase' | 'postgres', exposure: (typeof EXPOSURES)[number]];

describe('platforms, before the first migration', () => {
  it.each([['postgres', 'legacy'], ...EXPOSURES.map((exposure) => ['supabase', exposure] as const)] as const)(
    '%s, %s',
    async (platform, exposure) => {
      const found = discover({
        paths: ['meta-commands.sql'],
        cwd: join('fixtures', 'replay', 'dump'),
        platform,
        exposure,
      });
      const nothing = { ...found, files: [] };
      const result = await parityInTransaction(await shared(nothing), nothing);
      expect(result.differences.map(parityText)).toEqual([]);
      expect(problems(result)).toEqual([]);
    },
  );
});

describe('statements', () => {
  const root = join('fixtures', 'replay');
  const files = fastGlob.sync('**/*.sql', { cwd: root }).sort();
  const cases = files.flatMap((file): readonly Case[] =>
    file.startsWith('supabase/')
      ? EXPOSURES.map((exposure): Case => [file, 'supabase', exposure])
      : [[file, 'postgres', 'legacy']],
  );
  it('there are fixtures', () => expect(files.length).toBeGreaterThan(100));
  it.each(cases)('%s on %s, %s', async (file, platform, exposure) => {
    const result = await parity({ paths: [file], cwd: root, platform, exposure });
    expect([...result.run.refused, ...result.run.rejected]).toEqual([]);
    expect(result.differences.map(parityText)).toEqual([]);
    expect(problems(result)).toEqual([]);
    await agrees(result);
  });
});

describe('example projects', () => {
  const root = join('fixtures', 'projects');
  const projects = readdirSync(root, { withFileTypes: true }).filter((each) => each.isDirectory());
  it('there are projects', () => expect(projects.length).toBeGreaterThan(0));
  it.each(projects.map(({ name }) => name))('%s', async (name) => {
    const options = { paths: [], cwd: join(root, name) };
    const result = await parity(options);
    expect(result.differences.map(parityText)).toEqual([]);
    expect(await refusedByReplayAlone(result, options)).toEqual([]);
    await agrees(result);
  });
});

describe('rule fixtures', () => {
  const root = join('fixtures', 'rules');
  const rules = existsSync(root) ? fastGlob.sync('*/*', { cwd: root, onlyDirectories: true }).sort() : [];
  it('there are rules', () => expect(rules.length).toBeGreaterThan(0));
  describe.each(rules)('%s', (rule) => {
    it.each(readFixtures(join(root, rule)).map((fixture) => [fixture.name, fixture] as const))(
      '%s',
      async (_, fixture) => {
        const { platform = 'supabase', exposure = 'legacy' } = fixture.config;
        const options = { paths: fixture.isFolder ? ['.'] : fixture.files, cwd: fixture.folder, platform, exposure };
        const result = await parity(options);
        expect(result.differences.map(parityText)).toEqual([]);
        expect(await refusedByReplayAlone(result, options)).toEqual([]);
        await agrees(result);
        await agrees(result);
      },
    );
  });
});
