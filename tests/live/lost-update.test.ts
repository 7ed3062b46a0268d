// What lost-update says of its bad fixture happens on a server with two connections, and no longer with its fixes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import rule from '../../rules/integrity/lost-update.ts';
import { auditFixture } from '../../src/testing/check-rule.ts';
import { readFixtures } from '../../src/testing/fixture.ts';
import { startThrowAwayCluster, type ThrowAwayCluster } from '../../src/testing/throw-away-cluster.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/rules/integrity/lost-update/', import.meta.url));

const ROWS = `
  truncate accounts, coupons, counters restart identity;
  insert into accounts (holder, balance) values ('Ana', 100);
  insert into coupons (code, uses_left) values ('A', 1);
  insert into counters values ('invoice', 0);`;

/** A call, what it changes, what is there after two at once, and what the second does once the first is waited for. */
const CALLS = [
  { call: 'withdraw(1, 60)', value: 'balance from accounts', unsafe: '40', safe: '40', refused: 'not enough' },
  { call: "next_number('invoice')", value: 'last_number from counters', unsafe: '1', safe: '2', refused: undefined },
  { call: "redeem('A')", value: 'uses_left from coupons', unsafe: '-1', safe: '0', refused: 'used up' },
  { call: 'buy(1, 60)', value: 'balance from accounts', unsafe: '-20', safe: '40', refused: 'not enough' },
] as const;

describe('two calls at once', () => {
  let cluster: ThrowAwayCluster;
  const clients: pg.Client[] = [];
  const fixes: string[] = [];

  beforeAll(async () => {
    cluster = await startThrowAwayCluster();
    const fixture = readFixtures(FOLDER).find((each) => each.name === 'bad.sql');
    if (fixture === undefined) throw new Error('The bad fixture is not there.');
    const { findings } = await auditFixture(['lost-update'], fixture, [{ id: 'lost-update', rule }]);
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

  /** The second call is under way before the first commits. @returns the value behind both, and what the second was refused with */
  async function twice(call: string, value: string): Promise<{ value: string; refused: string | undefined }> {
    const [first, second, watcher] = clients as [pg.Client, pg.Client, pg.Client];
    await watcher.query(ROWS);
    await first.query('begin');
    await first.query(`select ${call}`);
    const other = second.query(`select ${call}`).then(
      () => undefined,
      (error: Error) => error.message,
    );
    await vi.waitFor(async () => {
      const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and pid <> pg_backend_pid()`;
      expect((await watcher.query(waiting)).rowCount).toBe(1);
    });
    await first.query('commit');
    const refused = await other;
    const { rows } = await watcher.query<[string | number]>({ text: `select ${value}`, rowMode: 'array' });
    return { value: String(rows[0]?.[0]), refused };
  }

  it.each(CALLS)('of $call one is lost', async ({ call, value, unsafe }) => {
    expect(await twice(call, value)).toEqual({ value: unsafe, refused: undefined });
  });

  it.each(CALLS)('of $call none is lost with the fix', async ({ call, value, safe, refused }) => {
    for (const each of fixes) await clients[0]?.query(each);
    expect(await twice(call, value)).toEqual({ value: safe, refused });
  });
});
