// A snapshot with what the server counted is audited like the database it was taken of.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { serveEmbedded } from '../../src/testing/serve-embedded.ts';
import { startThrowAwayCluster } from '../../src/testing/throw-away-cluster.ts';
import { ddlint } from './run-ddlint.ts';

const cwd = mkdtempSync(join(tmpdir(), 'ddlint-snapshot-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

writeFileSync(join(cwd, 'ddlint.jsonc'), '{ "rules": { "unindexed-foreign-key": ["on", { "rows": 1000 }] } }');

/** What the two audits print, but for where each read and what it remarks on that. */
async function audits(url: string): Promise<{ readonly direct: string; readonly stored: string }> {
  const audit = async (...source: readonly string[]): Promise<string> => {
    const shown = ['--all', '--preset', 'strict', '--format', 'json', '--fail-on', 'never'];
    const { code, stdout, stderr } = await ddlint(cwd, ['audit', ...source, ...shown]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as { readonly source: object };
    return JSON.stringify({ ...report, source: { ...report.source, name: '' }, notes: [] }, null, 2);
  };
  const direct = await audit('--db-url', url);
  const { code, stderr } = await ddlint(cwd, ['snapshot', '--offline-stats', '--db-url', url, '-o', 'schema.json']);
  expect(code, stderr).toBe(0);
  return { direct, stored: await audit('--snapshot', 'schema.json') };
}

const findings = (report: string) =>
  (JSON.parse(report) as { readonly findings: readonly { readonly message: string }[] }).findings;

/** Rows and scans enough for severities that rest on them. */
const ROWS = `
  create table public.parents (id bigint primary key, name text);
  create table public.children (id bigint primary key, parent_id bigint references public.parents on delete set null);
  insert into public.parents select i, 'größer' from generate_series(1, 2000) i;
  insert into public.children select i, i % 2000 + 1 from generate_series(1, 20000) i;
`;

describe('the audit of a snapshot', () => {
  it('of a server says what the audit of the server says', async () => {
    const cluster = await startThrowAwayCluster(['autovacuum=off']);
    try {
      const session = async (...texts: readonly string[]): Promise<void> => {
        const client = new pg.Client({ connectionString: cluster.url });
        await client.connect();
        for (const text of texts) await client.query(text);
        await client.end();
      };
      const folder = join('fixtures', 'projects', 'plain', 'migrations');
      const files = readdirSync(folder).sort();
      await session(...files.map((file) => readFileSync(join(folder, file), 'utf8')), ROWS);
      // Its counters are the server's when a session has ended: ANALYZE in the same one counts rows twice.
      await session('analyze');
      const { direct, stored } = await audits(cluster.url);
      expect(findings(direct).length).toBeGreaterThan(10);
      expect(findings(direct).some(({ message }) => /20\s000 rows/.test(message))).toBe(true);
      expect(stored).toBe(direct);
    } finally {
      await cluster.stop();
    }
  });

  it('of embedded Postgres says what the audit of it says', async () => {
    const database = await startEmbeddedPostgres();
    const served = await serveEmbedded(database);
    try {
      const folder = join('fixtures', 'projects', 'omnichat', 'supabase', 'migrations');
      for (const file of readdirSync(folder).sort()) await database.exec(readFileSync(join(folder, file), 'utf8'));
      await database.exec(ROWS);
      await database.exec('analyze');
      // Counters reach the server a second later at most, within the one session that there is.
      await database.exec('select pg_sleep(1.5)');
      await database.exec('select 1');
      const { direct, stored } = await audits(served.url);
      expect(findings(direct).length).toBeGreaterThan(100);
      expect(findings(direct).some(({ message }) => /about \d+\s000 rows/.test(message))).toBe(true);
      expect(stored).toBe(direct);
    } finally {
      await served.stop();
      await database.close();
    }
  });
});
