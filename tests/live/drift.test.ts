// `ddlint drift` and `ddlint snapshot` as processes against a throw-away server: a schema is its migrations until somebody
// changes it by hand, and what drift proposes makes it so again.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startThrowAwayCluster, type ThrowAwayCluster } from '../../src/testing/throw-away-cluster.ts';
import { ddlint, printed } from './run-ddlint.ts';

/** With all that must be encoded in a URL. */
const PASSWORD = 'S3cr3t #/?@%:&=+"ß';

const MIGRATIONS = {
  '20240101000000_tables.sql': `
    create type public.state as enum ('open', 'paid');
    create table public.customers (
      id bigint generated always as identity primary key,
      email text not null unique,
      owner_id uuid not null default gen_random_uuid()
    );
    create table public.orders (
      id bigserial primary key,
      customer_id bigint not null references public.customers on delete cascade,
      state public.state not null default 'open',
      total numeric(10, 2) not null default 0,
      note text,
      constraint total_positive check (total >= 0)
    );
    create index orders_customer_id_idx on public.orders (customer_id);
    create index orders_open_idx on public.orders (lower(note)) where state = 'open';`,
  '20240102000000_access.sql': `
    create role web nologin;
    alter table public.customers enable row level security;
    alter table public.orders enable row level security;
    create policy own on public.customers for select to web using (owner_id = current_setting('app.user')::uuid);
    create policy paid on public.orders for select to web using (state = 'paid' and total > 0);
    grant select on public.customers, public.orders to web;
    grant update (note) on public.orders to web;`,
  '20240103000000_routines.sql': `
    create function public.touch() returns trigger language plpgsql set search_path = '' as $$
    begin
      new.note := coalesce(new.note, 'größer');
      return new;
    end $$;
    create trigger touch before update on public.orders for each row execute function public.touch();
    create function public.revenue() returns numeric language sql stable security definer set search_path = '' as
      'select sum(total) from public.orders';
    revoke execute on function public.revenue() from public;
    grant execute on function public.revenue() to web;
    create view public.totals with (security_invoker = true) as
      select customer_id, sum(total) as total from public.orders group by customer_id;
    comment on table public.orders is 'What customers bought';`,
};

/** Behind each what drift calls it. */
const BY_HAND: readonly (readonly [sql: string, kind: string, name: string, facts: readonly string[]])[] = [
  [`alter policy own on public.customers using (true)`, 'policy', 'public.customers.own', ['using']],
  ['drop index public.orders_customer_id_idx', 'index', 'public.orders_customer_id_idx', []],
  ['alter table public.orders add column hotfix int', 'column', 'public.orders.hotfix', []],
  ['alter table public.orders disable row level security', 'table', 'public.orders', ['rowSecurity']],
  // An empty search_path has a spelling of its own; and a new function is open to PUBLIC.
  ['alter function public.touch() security definer', 'function', 'public.touch()', ['security']],
  ['drop function public.revenue()', 'function', 'public.revenue()', []],
  ['revoke select on public.customers from web', 'table', 'public.customers', ['acl']],
];

interface Report {
  readonly summary: { readonly uncertain: number };
  readonly differences: readonly {
    readonly kind: string;
    readonly name: string;
    readonly state: string;
    readonly facts: readonly { readonly name: string }[];
    readonly sql: { readonly onLeft: string | null; readonly onRight: string | null };
  }[];
}

let cluster: ThrowAwayCluster;
const cwd = mkdtempSync(join(tmpdir(), 'ddlint-drift-'));

/** A session of the role that runs migrations, in the database of the test. */
let admin: pg.Client;
/** As the role `auditor`, which may do nothing but log in. */
let url: string;
let databases = 0;

beforeAll(async () => {
  cluster = await startThrowAwayCluster();
  mkdirSync(join(cwd, 'migrations'));
  for (const [file, sql] of Object.entries(MIGRATIONS)) writeFileSync(join(cwd, 'migrations', file), sql);
});

beforeEach(async () => {
  const database = `made_${databases++}`;
  const maintenance = new pg.Client({ connectionString: cluster.url });
  await maintenance.connect();
  await maintenance.query(`create database ${database}`);
  if (databases === 1) await maintenance.query(`create role auditor login password '${PASSWORD}'`);
  // Roles are the cluster's: the next database begins without.
  else await maintenance.query('drop role web');
  await maintenance.end();
  url = cluster.urlFor('auditor', PASSWORD, database);
  admin = new pg.Client({ connectionString: cluster.url.replace(/\/postgres$/, `/${database}`) });
  await admin.connect();
  for (const sql of Object.values(MIGRATIONS)) await admin.query(sql);
  return async () => {
    await admin.query('drop owned by web');
    await admin.end();
  };
});

afterAll(async () => {
  await cluster.stop();
  rmSync(cwd, { recursive: true, force: true });
});

const drift = (...args: readonly string[]) => ddlint(cwd, ['drift', ...args, '--db-url', url]);

async function differences(left = 'migrations') {
  const { code, stdout, stderr } = await drift(left, '--format', 'json');
  expect(code, stderr).not.toBe(2);
  const report = JSON.parse(stdout) as Report;
  expect(report.summary.uncertain).toBe(0);
  return report.differences;
}

async function changeByHand(): Promise<void> {
  for (const [sql] of BY_HAND) await admin.query(sql);
}

describe('a server made by the migrations', () => {
  it('has not drifted', async () => {
    const { code, stdout, stderr } = await drift('migrations');
    expect(await differences()).toEqual([]);
    expect(stdout, stdout).toContain('No drift');
    expect(stderr).toMatch(/^Reading the catalog of 127\.0\.0\.1:\d+\/made_\d+ \(--db-url\)\.\n/);
    expect(code).toBe(0);
  });

  it('has not drifted from its snapshot', async () => {
    const { code, stderr } = await ddlint(cwd, ['snapshot', '--db-url', url, '-o', 'schema.json']);
    expect(stderr).toMatch(/schema\.json: \d+ objects/);
    expect(code).toBe(0);
    expect(readFileSync(join(cwd, 'schema.json'), 'utf8')).not.toContain('S3cr3t');
    expect(await differences('schema.json')).toEqual([]);
    expect((await drift('schema.json')).code).toBe(0);
  });
});

it('a server that another role made has not drifted, and what it makes is made there', async () => {
  await admin.query("create role builder superuser login password 'b'");
  await admin.query('create database built owner builder');
  const builder = new pg.Client({ connectionString: cluster.urlFor('builder', 'b', 'built') });
  await builder.connect();
  const defaults = 'alter default privileges in schema public grant select on tables to web;';
  writeFileSync(join(cwd, 'migrations', '20240104000000_defaults.sql'), defaults);
  try {
    for (const sql of [...Object.values(MIGRATIONS), defaults])
      await builder.query(sql.replace('create role web nologin;', ''));
    url = cluster.urlFor('auditor', PASSWORD, 'built');
    expect(await differences()).toEqual([]);
    await builder.query('alter table public.orders owner to web; drop table public.customers cascade');
    await builder.query('alter default privileges in schema public revoke select on tables from web');
    const script = await drift('migrations', '--format', 'sql', '--sql', 'right');
    expect(script.stdout).toContain('alter table public.orders owner to builder;');
    expect(script.stdout).not.toContain('postgres;');
    await builder.query(script.stdout);
    expect(await differences()).toEqual([]);
  } finally {
    rmSync(join(cwd, 'migrations', '20240104000000_defaults.sql'));
    await builder.end();
    await admin.query('drop database built');
  }
});

describe('a server changed by hand', () => {
  it('has drifted by each of the changes', async () => {
    await changeByHand();
    const found = await differences();
    const told = found.map(({ kind, name, facts }) => [kind, name, facts.map((fact) => fact.name)]);
    const expected = BY_HAND.map(([, kind, name, facts]) => [kind, name, facts]);
    expect(told.map(String).toSorted()).toEqual(expected.map(String).toSorted());
    const { code, stdout } = await drift('migrations');
    for (const [, , name] of BY_HAND) expect(stdout).toContain(name);
    expect(code).toBe(1);
  });

  it('has drifted from the snapshot of before', async () => {
    await ddlint(cwd, ['snapshot', '--db-url', url, '-o', 'before.json']);
    await changeByHand();
    expect((await differences('before.json')).map(({ name }) => name).toSorted()).toEqual(
      BY_HAND.map(([, , name]) => name).toSorted(),
    );
  });

  it('is as the migrations make it after the SQL that drift proposes', async () => {
    await changeByHand();
    const before = await differences();
    for (const { sql } of before) if (sql.onRight !== null) await admin.query(sql.onRight);
    const after = await differences();
    // A column is dropped by nobody but who knows what is in it.
    expect(after.map(({ name }) => name)).toEqual(['public.orders.hotfix']);
    expect(after.every(({ sql }) => sql.onRight === null)).toBe(true);
    await admin.query('alter table public.orders drop column hotfix');
    const { code } = await drift('migrations');
    expect(code).toBe(0);
  });

  it('is as the next migration has it after the SQL that drift proposes for the files', async () => {
    await changeByHand();
    const proposed = (await differences()).map(({ sql }) => sql.onLeft);
    const file = join(cwd, 'migrations', '20240104000000_by_hand.sql');
    writeFileSync(file, proposed.filter((each) => each !== null).join('\n'));
    expect(await differences()).toEqual([]);
    rmSync(file);
  });
});

it('prints no password', () => {
  expect(printed.length).toBeGreaterThan(0);
  for (const each of printed) {
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'S3cr3t']) expect(each).not.toContain(secret);
  }
});
