// What counted-limit-race says of its bad fixture happens on a server with two connections, and no longer with its fixes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import rule from '../../rules/integrity/counted-limit-race.ts';
import { auditFixture } from '../../src/testing/check-rule.ts';
import { readFixtures } from '../../src/testing/fixture.ts';
import { startThrowAwayCluster, type ThrowAwayCluster } from '../../src/testing/throw-away-cluster.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/rules/integrity/counted-limit-race/', import.meta.url));
const SOMEBODY = '00000000-0000-0000-0000-000000000001';

/** What is there before, what both insert, and how many there may be. */
const LIMITS = [
  { table: 'accounts', row: `(user_id) values ('${SOMEBODY}')`, before: 0, limit: 1 },
  { table: 'seats', row: `(event_id, day) values ('${SOMEBODY}', '2024-01-01')`, before: 19, limit: 20 },
  { table: 'carts', row: `(user_id) values ('${SOMEBODY}')`, before: 0, limit: 1 },
] as const;

describe('two inserts at once', () => {
  let cluster: ThrowAwayCluster;
  const clients: pg.Client[] = [];
  const fixes: string[] = [];

  beforeAll(async () => {
    cluster = await startThrowAwayCluster();
    const fixture = readFixtures(FOLDER).find((each) => each.name === 'bad.sql');
    if (fixture === undefined) throw new Error('The bad fixture is not there.');
    const { findings } = await auditFixture(['counted-limit-race'], fixture, [{ id: 'counted-limit-race', rule }]);
    fixes.push(...findings.flatMap(({ fix }) => fix?.sql ?? []));
    for (let at = 0; at < 3; at++) {
      const client = new pg.Client(cluster.url);
      await client.connect();
      clients.push(client);
    }
    await clients[0]?.query(readFileSync(join(FOLDER, 'bad.sql'), 'utf8'));
  }, 60_000);

  afterAll(async () => {
    for (const each of clients) await each.end();
    await cluster?.stop();
  });

  /** The second insert begins before the first is committed. @returns how many rows there are behind both, and whether the second waited */
  async function twice({ table, row, before }: (typeof LIMITS)[number]): Promise<{ rows: number; waited: boolean }> {
    const [first, second, watcher] = clients as [pg.Client, pg.Client, pg.Client];
    const insert = `insert into ${table} ${row}`;
    await watcher.query(`truncate ${table}`);
    for (let at = 0; at < before; at++) await watcher.query(insert);
    await first.query('begin');
    await first.query(insert);
    let isDone = false;
    const other = second.query(insert).then(
      () => (isDone = true),
      () => (isDone = true),
    );
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and pid <> pg_backend_pid()`;
    const waited = await vi.waitFor(async () => {
      const isWaiting = (await watcher.query(waiting)).rowCount === 1;
      expect(isDone || isWaiting).toBe(true);
      return isWaiting;
    });
    await first.query('commit');
    await other;
    const { rows } = await watcher.query<{ count: string }>(`select count(*) from ${table}`);
    return { rows: Number(rows[0]?.count), waited };
  }

  it.each(LIMITS)('both pass into $table', async (limit) => {
    expect(await twice(limit)).toEqual({ rows: limit.limit + 1, waited: false });
  });

  it.each(LIMITS)('the second is refused by $table with the fix', async (limit) => {
    await clients[0]?.query(`truncate ${limit.table}`);
    for (const each of fixes.filter((fix) => fix.includes(limit.table))) await clients[0]?.query(each);
    expect(await twice(limit)).toEqual({ rows: limit.limit, waited: true });
  });
});
