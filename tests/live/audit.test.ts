// `ddlint audit` as a process against a throw-away server: what it does there, what it says, and how it ends when things go wrong.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction } from '../../src/sources/live/catalog-transaction.ts';
import { connect } from '../../src/sources/live/connection/connect.ts';
import { connectionTarget } from '../../src/sources/live/connection/connection-target.ts';
import { readDatabase } from '../../src/sources/live/read-database.ts';
import { startThrowAwayCluster, type ThrowAwayCluster } from '../../src/testing/throw-away-cluster.ts';
import { ddlint, printed, start } from './run-ddlint.ts';

/** With all that must be encoded in a URL. */
const PASSWORD = 'S3cr3t #/?@%:&=+"ß';

let cluster: ThrowAwayCluster;
let admin: pg.Client;
/** As the role `auditor`, which may do nothing but log in. */
let url: string;
const cwd = mkdtempSync(join(tmpdir(), 'ddlint-audit-'));

beforeAll(async () => {
  cluster = await startThrowAwayCluster(['log_statement=all', 'log_line_prefix=%a|%x| '], { tls: true });
  admin = new pg.Client({ connectionString: cluster.url });
  await admin.connect();
  await admin.query(`
    create role auditor login password '${PASSWORD}';
    create table public.customers (id bigint primary key, email text);
    create table public.orders (id bigint primary key, customer_id bigint references public.customers on delete cascade);
    create view public.emails as select email from public.customers;
    create table public."hostile ""; drop table x; --
\u001b[31m \u202e' é __proto__ 🐘" ("constructor" int, "__proto__" text, customer_id bigint references public.customers);
    create schema storage;
    create table storage.buckets (id text primary key, public boolean);
  `);
  url = cluster.urlFor('auditor', PASSWORD);
});

afterAll(async () => {
  await admin.end().catch(() => undefined);
  await cluster.stop();
  rmSync(cwd, { recursive: true, force: true });
});

const audit = (...args: readonly string[]) => ddlint(cwd, ['audit', ...args], { DDLINT_DB_URL: url });

/** Sessions of ddlint that the server knows. */
async function sessions() {
  const { rows } = await admin.query(
    "select pid, state, query, wait_event_type from pg_stat_activity where application_name = 'ddlint' and backend_type = 'client backend'",
  );
  return rows as { readonly pid: number; readonly state: string; readonly wait_event_type: string }[];
}

async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await ask();
    if (fits(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come to that');
}

/** Another session that holds a table; views over it cannot be printed meanwhile. */
async function holding<T>(work: (holder: number) => Promise<T>): Promise<T> {
  const other = new pg.Client({ connectionString: cluster.url });
  await other.connect();
  await other.query('begin; lock table public.customers in access exclusive mode');
  const { rows } = await other.query('select pg_backend_pid() as pid');
  try {
    return await work(rows[0].pid);
  } finally {
    await other.query('rollback');
    await other.end();
  }
}

describe('an audit', () => {
  it('finds what the rules find, and ends with 1', async () => {
    const { code, stdout, stderr } = await audit();
    expect(stdout).toContain('public.orders.orders_customer_id_fkey');
    expect(stdout).toContain('Deleting a customers row scans all of orders');
    expect(stdout).toMatch(/Read the catalog of 127\.0\.0\.1:\d+\/postgres \(PostgreSQL \d+\.\d+\): 4 tables, 1 view/);
    expect(stderr).toMatch(/^Reading the catalog of 127\.0\.0\.1:\d+\/postgres \(DDLINT_DB_URL\)\.\n/);
    expect(code).toBe(1);
  });

  it('says what the role may not read', async () => {
    const { stdout } = await audit('--format', 'json', '--quiet');
    const report = JSON.parse(stdout);
    expect(report.notChecked).toEqual([
      'Storage buckets: the role may not read storage.buckets, or row security hides rows of it.',
    ]);
    const validate = new Ajv({ allErrors: true }).compile(
      JSON.parse(readFileSync(new URL('../../schemas/report.schema.json', import.meta.url), 'utf8')),
    );
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(report.source.server).toMatch(/^PostgreSQL \d+\.\d+$/);
    expect((await audit()).stdout).toContain('Not checked: Storage buckets: the role may not read storage.buckets');
  });

  it('spells every name, and prints nothing raw', async () => {
    const { stdout } = await audit('--all');
    expect(stdout).toContain('hostile ""; drop table x; --');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    const json = JSON.parse((await audit('--format', 'json')).stdout);
    const names = json.findings.map((each: { object: { name: string } }) => each.object.name);
    expect(names.some((name: string) => name.includes('\u001b[31m \u202e'))).toBe(true);
  });

  it('names the object where SARIF has no line for it', async () => {
    const { stdout } = await audit('--format', 'sarif');
    const [run] = JSON.parse(stdout).runs;
    expect(run.results[0].message.text).toMatch(/^public\./);
    expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('package.json');
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).toContain('Storage buckets');
  });

  it('weighs a finding by the rows there are', async () => {
    await admin.query(`
      create table public.lines (id bigint primary key, order_id bigint references public.orders on delete set null);
      insert into public.lines select i from generate_series(1, 2000) i;
    `);
    await admin.query('analyze public.lines');
    const config = (rows: number) =>
      writeFileSync(join(cwd, 'ddlint.jsonc'), `{ "rules": { "unindexed-foreign-key": ["on", { "rows": ${rows} }] } }`);
    const found = async () => {
      const { stdout } = await audit('--format', 'json', '--rule', 'unindexed-foreign-key');
      const { findings } = JSON.parse(stdout) as { findings: { severity: string; message: string }[] };
      return findings.find((each) => each.message.includes('lines'));
    };
    config(1000);
    expect(await found()).toMatchObject({ severity: 'high', message: expect.stringContaining('about 2 000 rows now') });
    config(3000);
    expect(await found()).toMatchObject({ severity: 'medium' });
    rmSync(join(cwd, 'ddlint.jsonc'));
    await admin.query('drop table public.lines');
  });

  it('tells server, graph and rules apart in --timing', async () => {
    const { stderr } = await audit('--timing');
    expect(stderr).toMatch(/ms {2}connecting\n.*ms {2}waiting for the server\n.*ms {2}building the graph\n/);
  });
});

describe('on the server', () => {
  it('runs one read-only transaction of SELECTs, ended by ROLLBACK, and nothing else', async () => {
    const before = cluster.log().length;
    await audit();
    const lines = cluster
      .log()
      .slice(before)
      .split(/\n(?=[^|\n]*\|\d*\| )/)
      .filter((each) => each.startsWith('ddlint|'));
    const texts = lines.map((each) => each.replace(/^ddlint\|/, ''));
    // Never a transaction id: it wrote nothing. Never a named or prepared statement.
    expect(texts.every((each) => each.startsWith('0| LOG:  statement: '))).toBe(true);
    const statements = texts.map((each) => each.replace('0| LOG:  statement: ', '').trim());
    expect(statements).toHaveLength(2);
    const [beginning = '', reading = ''] = statements.map((each) => each.replace(/--.*$/gm, ''));
    const queries = (text: string) =>
      text
        .split(';')
        .map((each) => each.trim())
        .filter((each) => each !== '');
    expect(queries(beginning).slice(0, 8)).toEqual([
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      "SET LOCAL search_path = ''",
      "SET LOCAL application_name = 'ddlint'",
      'SET LOCAL statement_timeout = 60000',
      'SET LOCAL lock_timeout = 5000',
      'SET LOCAL idle_in_transaction_session_timeout = 60000',
      'SET LOCAL jit = off',
      "select pg_catalog.current_setting('server_version_num') as version",
    ]);
    const asked = [...queries(beginning).slice(7), ...queries(reading)];
    expect(asked.length).toBeGreaterThan(35);
    expect(asked.pop()).toBe('ROLLBACK');
    for (const each of asked) expect(each).toMatch(/^(select|with)\b/);
    expect(await sessions()).toEqual([]);
  });

  it('is refused every write', async () => {
    const connection = await connect(connectionTarget(cluster.url), { timeout: 10_000 });
    const limits = { statement: 10_000, lock: 1_000, idle: 10_000 };
    for (const sql of [
      'create table public.written (a int)',
      'insert into public.customers values (1)',
      'drop table public.orders',
    ]) {
      const attempt = inTransaction(connection, limits, () => connection.query(sql));
      await expect(attempt).rejects.toThrow('refused a write. The audit never writes');
    }
    await connection.close();
  });

  it('waits for a lock for five seconds, and says whose it is', async () => {
    await holding(async (holder) => {
      const running = start(cwd, ['audit'], { DDLINT_DB_URL: url });
      await until(sessions, ([only]) => only?.wait_event_type === 'Lock');
      const { code, stdout, stderr } = await running.ended;
      expect(stderr).toContain('Another session holds a lock that reading the catalog of');
      expect(stderr).toContain(`Session ${holder} holds public.customers.`);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    });
  });

  it('takes no longer for a query than it was told', async () => {
    await holding(async () => {
      const { code, stderr } = await audit('--timeout', '1.5');
      expect(stderr).toContain('took longer over the catalog than the audit waits (--timeout)');
      expect(code).toBe(2);
    });
  });

  it('leaves at Ctrl-C at once, and the server is done with it', async () => {
    await holding(async () => {
      const running = start(cwd, ['audit'], { DDLINT_DB_URL: url });
      await until(sessions, ([only]) => only?.wait_event_type === 'Lock');
      running.child.kill('SIGINT');
      const { code, stdout, stderr } = await running.ended;
      expect(stderr).toContain('ddlint: interrupted (SIGINT). Nothing was changed.');
      expect(stdout).toBe('');
      expect(code).toBe(130);
      await until(sessions, (all) => all.length === 0);
    });
  });

  it('says what is wrong with its options at once, though a server that does not answer is asked before', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const { code, stderr } = await ddlint(cwd, ['audit', '--timeout', '3600', '--rule', 'nosuch'], {
      DDLINT_DB_URL: `postgresql://nobody@127.0.0.1:${port}/postgres?sslmode=disable`,
    });
    silent.close();
    expect(stderr).toContain('unknown rule "nosuch"');
    expect(code).toBe(2);
  });

  it('says so when its session is ended', async () => {
    await holding(async () => {
      const running = start(cwd, ['audit'], { DDLINT_DB_URL: url });
      const [session] = await until(sessions, ([only]) => only?.wait_event_type === 'Lock');
      await admin.query('select pg_terminate_backend($1)', [session?.pid]);
      const { code, stderr } = await running.ended;
      expect(stderr).toContain('was closed while the catalog was read. Nothing was changed; try again.');
      expect(code).toBe(2);
    });
  });

  it('reads on when objects go meanwhile, and gives up when they always do', async () => {
    const connection = await connect(connectionTarget(cluster.url), { timeout: 10_000 });
    const count = 60;
    const numbers = Array.from({ length: count }, (_, i) => i);
    await admin.query(
      numbers
        .map(
          (i) => `create table public.going_${i} (id int primary key, n int not null default 7 check (n > 0), a text);
            create index on public.going_${i} (lower(a)) where n > 3;
            create policy p on public.going_${i} using (n > 1);
            create view public.seen_${i} as select n from public.going_${i};
            create function public.call_${i}(x int default 3) returns int language sql as 'select 1';`,
        )
        .join('\n'),
    );
    let gone = 0;
    let attempts = 0;
    // No batch: between any two queries something may be dropped.
    const shaken = (isShaken: () => boolean) => ({
      query: async <Row>(sql: string) => {
        if (sql.startsWith('BEGIN')) attempts++;
        if (isShaken() && /^(--.*\n)*select/.test(sql)) {
          await admin.query(`drop table public.going_${gone} cascade; drop function public.call_${gone}`);
          gone++;
        }
        return connection.query<Row>(sql);
      },
    });
    const { graph } = await readDatabase(
      shaken(() => attempts === 1),
      { platform: 'auto' },
    );
    expect(attempts).toBe(2);
    const left = graph.ofKind('table').filter(({ name }) => name.name.startsWith('going_'));
    expect(left).toHaveLength(count - gone);
    await expect(
      readDatabase(
        shaken(() => gone < count - 1),
        { platform: 'auto' },
      ),
    ).rejects.toThrow('kept changing while it was read. Try again when the migration is done.');
    await connection.close();
    await admin.query(
      numbers
        .slice(gone)
        .map((i) => `drop table public.going_${i} cascade;`)
        .join(''),
    );
  });
});

describe('where the database is', () => {
  it('is --db-url, --db-url-file, --local, then the environment in its order', async () => {
    writeFileSync(join(cwd, 'url'), `\n${url}\n`);
    const environment = {
      DDLINT_DB_URL: 'postgresql://a@127.0.0.1:1/d',
      SUPABASE_DB_URL: 'postgresql://s@127.0.0.1:2/s',
      DATABASE_URL: url,
    };
    const from = async (args: readonly string[], env: Record<string, string>) =>
      (await ddlint(cwd, ['audit', ...args], env)).stderr.split('\n')[0];
    const here = `Reading the catalog of 127.0.0.1:${cluster.port}/postgres`;
    expect(await from(['--local', '--db-url-file', 'url', '--db-url', url], environment)).toBe(`${here} (--db-url).`);
    expect(await from(['--local', '--db-url-file', 'url'], environment)).toBe(`${here} (url).`);
    expect(await from(['--local'], environment)).toBe('Reading the catalog of 127.0.0.1:54322/postgres (--local).');
    expect(await from([], environment)).toBe('Reading the catalog of 127.0.0.1:1/d (DDLINT_DB_URL).');
    const { DDLINT_DB_URL: _, ...two } = environment;
    expect(await from([], two)).toBe('Reading the catalog of 127.0.0.1:2/s (SUPABASE_DB_URL).');
    expect(await from([], { DATABASE_URL: url })).toBe(`${here} (DATABASE_URL).`);
  });

  it.each([
    [[], {}, 'No database is named. Give --db-url-file FILE, --db-url URL or --local, or set DDLINT_DB_URL'],
    [['--db-url-file', 'nowhere'], {}, '--db-url-file: nowhere cannot be read.'],
    [
      ['--db-url', 'postgresql://postgres:[YOUR-PASSWORD]@db.abc.supabase.co:5432/postgres'],
      {},
      'still says [YOUR-PASSWORD]',
    ],
    [[], { DATABASE_URL: 'prisma://S3cr3t' }, 'DATABASE_URL: The connection URL must begin with postgresql://'],
    [['--db-url', 'postgresql://u:S3cr3t/#?@h/d'], {}, 'must be percent-encoded'],
    [['--timeout', 'soon'], {}, '--timeout takes a number of seconds'],
  ])('%j %j', async (args, env, sentence) => {
    const { code, stdout, stderr } = await ddlint(cwd, ['audit', ...args], env);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('S3cr3t');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each([
    ['a wrong password', () => cluster.urlFor('auditor', `${PASSWORD}x`), 'refuses the password of auditor'],
    [
      'no password',
      () => cluster.urlFor('auditor', ''),
      'asks for a password of auditor, and there is none in the URL',
    ],
    ['an unknown role', () => cluster.urlFor('nobody here', PASSWORD), 'refuses the password of nobody here'],
    [
      'an unknown database',
      () => cluster.urlFor('auditor', PASSWORD, 'other'),
      'There is no database other at 127.0.0.1',
    ],
    ['a closed port', () => 'postgresql://u:S3cr3t@127.0.0.1:1/d', 'Nothing answers at 127.0.0.1:1/d'],
    ['an unknown host', () => 'postgresql://u:S3cr3t@no-such-host.invalid/d', 'There is no host no-such-host.invalid'],
  ])('%s', async (_, where, sentence) => {
    const { code, stdout, stderr } = await ddlint(cwd, ['audit'], { DATABASE_URL: where() });
    expect(stderr).toContain(sentence);
    expect(stderr.split('\n')).toHaveLength(3);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('TLS', () => {
  const over = (host: string, query: string) =>
    ddlint(cwd, ['audit', '--fail-on', 'never'], {
      DATABASE_URL: `${url.replace('127.0.0.1', host)}?${query}`,
    });

  it('require encrypts and does not verify; disable does without', async () => {
    expect((await over('127.0.0.1', 'sslmode=require')).code).toBe(0);
    expect((await over('127.0.0.1', 'sslmode=disable')).code).toBe(0);
  });

  it('verify-full wants a known authority and the right host, verify-ca the authority', async () => {
    const unknown = await over('localhost', 'sslmode=verify-full');
    expect(unknown.stderr).toContain('Nobody known here vouches for the certificate of localhost');
    expect(unknown.code).toBe(2);
    const root = `sslrootcert=${cluster.authority}`;
    expect((await over('localhost', `sslmode=verify-full&${root}`)).code).toBe(0);
    expect((await over('127.0.0.1', `sslmode=verify-full&${root}`)).stderr).toContain('is for another host');
    expect((await over('127.0.0.1', `sslmode=verify-ca&${root}`)).code).toBe(0);
    expect((await over('localhost', `sslmode=verify-full&sslrootcert=nowhere.pem`)).stderr).toContain(
      'cannot be read: nowhere.pem',
    );
  });
});

it('ends with 2 when the server dies under it', async () => {
  const other = new pg.Client({ connectionString: cluster.url });
  other.on('error', () => undefined);
  admin.on('error', () => undefined);
  await other.connect();
  await other.query('begin; lock table public.customers in access exclusive mode');
  const running = start(cwd, ['audit'], { DDLINT_DB_URL: url });
  await until(sessions, ([only]) => only?.wait_event_type === 'Lock');
  cluster.kill();
  const { code, stdout, stderr } = await running.ended;
  expect(stderr).toContain('was closed while the catalog was read');
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

it('printed no password, in no form, in all of the above', () => {
  expect(printed.length).toBeGreaterThan(40);
  const all = printed.join('\n');
  for (const form of [PASSWORD, encodeURIComponent(PASSWORD), encodeURI(PASSWORD), 'S3cr3t'])
    expect(all).not.toContain(form);
});
