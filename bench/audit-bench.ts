/**
 * npm run bench:audit [-- TABLES]: the whole `ddlint audit` process on a throw-away server, beside a dashboard's advisor queries, in
 * turns: time of the server, of the graph and of the rules, peak memory, and round trips. Without an argument: 1,000 tables with
 * 5,000 indexes and 3,000 policies, then 20,000 tables.
 */

import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startThrowAwayCluster, type ThrowAwayCluster } from '../src/testing/throw-away-cluster.ts';
import { ADVISORS } from './advisors.ts';
import { type CatalogSize, generateCatalog } from './generate-catalog.ts';
import { type Measurement, measure, median } from './measure.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const ddlint = join(root, 'dist', 'src', 'cli.js');

async function bench(cluster: ThrowAwayCluster, size: CatalogSize, runs: number): Promise<void> {
  const { tables, indexes, policies } = size;
  const database = `bench_${tables}`;
  await withClient(cluster.url, (client) => client.query(`create database ${database}`));
  const url = cluster.urlFor('postgres', '', database);
  await withClient(url, async (client) => {
    for (const sql of generateCatalog(size)) await client.query(sql);
    await client.query('analyze');
  });
  const args = ['audit', '--db-url', url, '--fail-on', 'never', '--no-config', '--quiet'];
  const ours: Measurement[] = [];
  const advisors: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const audit = await measure(process.execPath, [ddlint, ...args], root);
    if (audit.exitCode !== 0) throw new Error(`ddlint ended with ${audit.exitCode}`);
    const asked = await runAdvisors(url);
    if (run > 0) {
      ours.push(audit);
      advisors.push(asked);
    }
  }
  const time = median(ours.map((each) => each.milliseconds));
  const peak = median(ours.map((each) => each.peakBytes));
  console.log(
    `${tables.toLocaleString('en')} tables, ${(tables * indexes).toLocaleString('en')} indexes, ${(tables * policies).toLocaleString('en')} policies: ` +
      `ddlint ${time.toFixed(0)} ms, ${(peak / 1e6).toFixed(0)} MB; ${Object.keys(ADVISORS).length} advisor queries ${median(advisors).toFixed(0)} ms (${runs} runs in turns, medians)`,
  );
  const { stderr } = spawnSync(process.execPath, [ddlint, ...args, '--timing'], { cwd: root, encoding: 'utf8' });
  console.log(stderr.replace(/^/gm, '    '));
}

/** Connecting included, as in ours. */
async function runAdvisors(url: string): Promise<number> {
  const started = performance.now();
  await withClient(url, async (client) => {
    for (const sql of Object.values(ADVISORS)) await client.query(sql);
  });
  return performance.now() - started;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const asked = Number(process.argv[2] ?? 0);
const cluster = await startThrowAwayCluster(['max_locks_per_transaction=1024']);
try {
  if (asked > 0) await bench(cluster, { tables: asked, indexes: 5, policies: 3 }, 3);
  else {
    await bench(cluster, { tables: 1000, indexes: 5, policies: 3 }, 5);
    await bench(cluster, { tables: 20_000, indexes: 2, policies: 1 }, 1);
  }
} finally {
  await cluster.stop();
}
