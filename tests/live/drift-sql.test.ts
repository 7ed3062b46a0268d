// The SQL that drift writes, run on a server: whatever was changed by hand, the script for one side makes it like the other,
// in the order it is printed, and a second look finds nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { driftBetween } from '../../src/drift/drift.ts';
import type { DriftReport } from '../../src/drift/drift-report.ts';
import { readDatabase } from '../../src/sources/live/read-database.ts';
import { migrations } from '../../src/sources/migrations/migrations.ts';
import type { Reading } from '../../src/sources/source.ts';
import { startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { startThrowAwayCluster } from '../../src/testing/throw-away-cluster.ts';

const SCHEMA = `
  create role web nologin;
  create role app nologin;
  create schema audit;
  create type public.state as enum ('open', 'paid', 'größer');
  create domain public.positive as integer check (value > 0);
  create table public.customers (
    id bigint generated always as identity primary key,
    email text not null unique,
    nick text,
    born date
  );
  comment on column public.customers.nick is 'Spitzname';
  create table public.orders (
    id bigserial primary key,
    customer_id bigint not null references public.customers on delete cascade,
    state public.state not null default 'open',
    note text,
    total numeric(10, 2) not null default 0,
    pieces public.positive,
    constraint total_positive check (total >= 0)
  );
  create index orders_customer_id_idx on public.orders (customer_id);
  create unique index orders_note_idx on public.orders (lower(note)) where state = 'open';
  comment on index public.orders_note_idx is 'one open note';
  create table public.days (day date not null, n integer, primary key (day)) partition by range (day);
  create table public.days_2024 partition of public.days for values from ('2024-01-01') to ('2025-01-01');
  create index days_n_idx on public.days (n);
  create table audit.log (id bigint primary key, at timestamptz not null default now(), line text);
  alter table public.orders enable row level security;
  alter table public.customers enable row level security;
  create function public.is_mine(customer bigint) returns boolean language sql stable security definer
    set search_path to '', public as 'select exists (select 1 from public.customers where id = customer)';
  revoke execute on function public.is_mine(bigint) from public;
  grant execute on function public.is_mine(bigint) to web;
  create function public.touch() returns trigger language plpgsql set search_path = '' as $$
  begin
    new.note := coalesce(new.note, 'größer');
    return new;
  end $$;
  create trigger touch before update on public.orders for each row execute function public.touch();
  create policy own on public.orders for select to web using (public.is_mine(customer_id));
  create policy paid on public.orders for update to web using (state = 'paid') with check (state <> 'open');
  create policy seen on public.customers for select to web using (nick is not null);
  create view public.totals with (security_invoker = true) as
    select customer_id, sum(total) as total from public.orders group by customer_id;
  create view public.big as select * from public.totals where total > 100;
  create materialized view public.daily as select state, count(*) as orders from public.orders group by state;
  create unique index daily_state_idx on public.daily (state);
  grant select on public.customers, public.orders, public.totals, public.daily to web;
  grant update (note) on public.orders to web;
  grant usage on sequence public.orders_id_seq to web;
  alter default privileges in schema public grant select, delete on tables to app;
  alter default privileges in schema public grant execute on functions to app;
  create publication changes for table public.orders, public.customers;
`;

interface Change {
  readonly sql: string;
  /** What drift calls it: kind, name and facts. */
  readonly told: readonly string[];
  /** What no SQL mends on the database, or in the files. */
  readonly stays?: { readonly onRight?: readonly string[]; readonly onLeft?: readonly string[] };
}

const CHANGES: Readonly<Record<string, Change>> = {
  'an owner': {
    sql: `alter table public.orders owner to app;`,
    told: ['table public.orders: owner'],
  },
  'the owner of a table, who was granted something before': {
    sql: `alter table public.customers owner to web; alter function public.touch() owner to app;`,
    told: ['table public.customers: acl, owner', 'function public.touch(): owner'],
  },
  'a table dropped with its dependents': {
    sql: `drop table public.orders cascade;`,
    told: [
      'publication changes: tables',
      'view public.big only-left',
      'materializedView public.daily only-left',
      'table public.orders only-left',
      'view public.totals only-left',
    ],
    stays: { onLeft: ['table public.orders only-left'] },
  },
  'two tables dropped with their dependents': {
    sql: `drop table public.orders, public.customers cascade; drop type public.state cascade; drop domain public.positive;`,
    told: [
      'publication changes: tables',
      'view public.big only-left',
      'table public.customers only-left',
      'materializedView public.daily only-left',
      'table public.orders only-left',
      'domain public.positive only-left',
      'enumType public.state only-left',
      'view public.totals only-left',
    ],
    stays: {
      onLeft: [
        'table public.customers only-left',
        'table public.orders only-left',
        'domain public.positive only-left',
        'enumType public.state only-left',
      ],
    },
  },
  "a schema's table dropped": {
    sql: `drop table audit.log; drop schema audit;`,
    told: ['schema audit only-left', 'table audit.log only-left'],
    stays: { onLeft: ['schema audit only-left', 'table audit.log only-left'] },
  },
  'a label renamed': {
    sql: `alter type public.state rename value 'paid' to 'settled';`,
    told: ['enumType public.state: labels'],
  },
  'a label added': {
    sql: `alter type public.state add value 'void' after 'paid';`,
    told: ['enumType public.state: labels'],
    stays: { onRight: ['enumType public.state: labels'] },
  },
  'a view dropped': {
    sql: `drop view public.totals cascade;`,
    told: ['view public.big only-left', 'view public.totals only-left'],
  },
  'a materialized view dropped': {
    sql: `drop materialized view public.daily;`,
    told: ['materializedView public.daily only-left'],
  },
  'a view replaced': {
    sql: `create or replace view public.big as select * from public.totals where total > 1000;`,
    told: ['view public.big: query'],
  },
  'a view of other columns': {
    sql: `drop view public.big; create view public.big as select customer_id from public.totals;`,
    told: ['view public.big: acl, query'],
  },
  'a view with views on it, of other columns': {
    sql: `drop view public.totals cascade; create view public.totals as select customer_id, sum(total)::bigint as total, 1 as one from public.orders group by 1; create view public.big as select * from public.totals where total > 5;`,
    told: ['view public.big: acl, query', 'view public.totals: acl, query, securityInvoker'],
  },
  'a materialized view of another query': {
    sql: `drop materialized view public.daily; create materialized view public.daily as select state, count(*) as orders from public.orders where total > 0 group by state;`,
    told: ['materializedView public.daily: acl, query', 'index public.daily_state_idx only-left'],
  },
  'a column renamed': {
    sql: `alter table public.customers rename column nick to alias;`,
    told: ['column public.customers.nick: name'],
  },
  'a column renamed and changed': {
    sql: `alter table public.orders rename column note to remark; alter table public.orders alter column remark set default 'x';`,
    told: ['column public.orders.note: name, default'],
  },
  'a unique constraint dropped': {
    sql: `alter table public.customers drop constraint customers_email_key;`,
    told: ['uniqueConstraint public.customers.customers_email_key only-left'],
  },
  'a unique constraint, now an index': {
    sql: `alter table public.customers drop constraint customers_email_key; create unique index customers_email_key on public.customers (email);`,
    told: ['uniqueConstraint public.customers.customers_email_key only-left'],
  },
  'a unique constraint of other columns': {
    sql: `alter table public.customers drop constraint customers_email_key, add constraint customers_email_key unique (email, born);`,
    told: ['uniqueConstraint public.customers.customers_email_key: columns'],
  },
  'a partition detached': {
    sql: `alter table public.days detach partition public.days_2024;`,
    told: ['table public.days_2024: partitionBound, partitionOf'],
  },
  'a partition of other bounds': {
    sql: `alter table public.days detach partition public.days_2024; alter table public.days attach partition public.days_2024 for values from ('2024-01-01') to ('2024-07-01');`,
    told: ['table public.days_2024: partitionBound'],
  },
  'a column dropped and added again': {
    sql: `alter table public.customers drop column nick cascade; alter table public.customers add column nick text;`,
    told: ['column public.customers.nick: comment', 'policy public.customers.seen only-left'],
  },
  'a search_path with an empty name': {
    sql: `alter function public.is_mine(bigint) set search_path to public;`,
    told: ['function public.is_mine(bigint): config'],
  },
  'a function dropped': {
    sql: `drop function public.is_mine(bigint) cascade;`,
    told: ['function public.is_mine(bigint) only-left', 'policy public.orders.own only-left'],
  },
  'a function that returns something else': {
    sql: `drop function public.is_mine(bigint) cascade; create function public.is_mine(who bigint) returns boolean language sql as 'select true'; create policy own on public.orders for select to web using (public.is_mine(customer_id) and true);`,
    told: [
      'function public.is_mine(bigint): acl, body, config, parameters, security, volatility',
      'policy public.orders.own: using',
    ],
  },
  'a policy with a new function': {
    sql: `set check_function_bodies = off; create function public.ok() returns boolean language sql as 'select exists (select from public.fresh)'; create table public.fresh (id int primary key); alter policy own on public.orders using (public.ok());`,
    told: ['table public.fresh only-right', 'function public.ok() only-right', 'policy public.orders.own: using'],
    stays: { onRight: ['table public.fresh only-right'] },
  },
  'default privileges': {
    sql: `alter default privileges in schema public revoke delete on tables from app; alter default privileges revoke execute on functions from public;`,
    told: [
      'defaultPrivileges default privileges of postgres on functions only-right',
      'defaultPrivileges default privileges of postgres on tables in public: acl',
    ],
  },
  'tables made by hand': {
    sql: `create table public.a (id int primary key, state public.state default 'open', b int); create table public.b (id int primary key, a int references public.a); alter table public.a add foreign key (b) references public.b; create type public.mood as enum ('x'); alter table public.a add column mood public.mood; create view public.ab as select a.id, b.a from public.a join public.b on b.id = a.b; comment on column public.a.b is 'B'; grant select (b) on public.a to web; alter publication changes add table public.a;`,
    told: [
      'publication changes: tables',
      'table public.a only-right',
      'view public.ab only-right',
      'table public.b only-right',
      'enumType public.mood only-right',
    ],
    stays: { onRight: ['table public.a only-right', 'table public.b only-right', 'enumType public.mood only-right'] },
  },
  'a table taken from a publication': {
    sql: `alter publication changes drop table public.orders;`,
    told: ['publication changes: tables'],
  },
  'a type of its own': {
    sql: `create domain public.short as text check (length(value) < 5) not null; create type public.pair as (a int, b text);`,
    told: ['compositeType public.pair only-right', 'domain public.short only-right'],
  },
  'column privileges': {
    sql: `revoke update (note) on public.orders from web; grant select (id) on audit.log to web;`,
    told: ['column audit.log.id: acl', 'column public.orders.note: acl'],
  },
  'a sequence': {
    sql: `create sequence public.counter increment 5;`,
    told: ['sequence public.counter only-right'],
    stays: { onRight: ['sequence public.counter only-right'] },
  },
  'a table dropped without its sequence': {
    sql: `alter sequence public.orders_id_seq owned by none; alter table public.orders alter column id drop default; drop table public.orders cascade;`,
    told: [
      'publication changes: tables',
      'view public.big only-left',
      'materializedView public.daily only-left',
      'table public.orders only-left',
      'sequence public.orders_id_seq: ownedBy',
      'view public.totals only-left',
    ],
    stays: { onLeft: ['table public.orders only-left'] },
  },
  comments: {
    sql: `comment on table public.orders is 'Käufe'; comment on column public.customers.nick is null; comment on policy own on public.orders is 'x';`,
    told: [
      'column public.customers.nick: comment',
      'table public.orders: comment',
      'policy public.orders.own: comment',
    ],
  },
  'a default that calls a function': {
    sql: `create function public.code() returns text language sql as 'select ''x'''; alter table public.orders alter column note set default public.code();`,
    told: ['function public.code() only-right', 'column public.orders.note: default'],
  },
  'a trigger': {
    sql: `alter table public.orders disable trigger touch; create trigger other after insert on public.customers for each statement execute function public.touch();`,
    told: ['trigger public.customers.other only-right', 'trigger public.orders.touch: enabled'],
  },
  'a check': {
    sql: `alter table public.orders drop constraint total_positive, add constraint total_positive check (total > 1);`,
    told: ['checkConstraint public.orders.total_positive: expression'],
  },
  'a foreign key': {
    sql: `alter table public.orders drop constraint orders_customer_id_fkey, add foreign key (customer_id) references public.customers;`,
    told: ['foreignKey public.orders.orders_customer_id_fkey: onDelete'],
  },
  'grants with grant option': {
    sql: `grant select on audit.log to web with grant option; revoke select on public.customers from web;`,
    told: ['table audit.log: acl', 'table public.customers: acl'],
  },
  'an index of other keys': {
    sql: `drop index public.orders_note_idx; create unique index orders_note_idx on public.orders (note);`,
    told: ['index public.orders_note_idx: comment, keys, predicate'],
  },
  'row security': {
    sql: `alter table public.orders disable row level security; alter table audit.log enable row level security, force row level security;`,
    told: ['table audit.log: forceRowSecurity, rowSecurity', 'table public.orders: rowSecurity'],
  },
  'an extension': {
    sql: `create extension pgcrypto;`,
    told: ['extension pgcrypto only-right'],
    stays: { onRight: ['extension pgcrypto only-right'] },
  },
};

/** One session. */
interface Server {
  exec(sql: string): Promise<unknown>;
  query<Row>(sql: string): Promise<readonly Row[]>;
  stop(): Promise<void>;
}

const SERVERS: Readonly<Record<string, () => Promise<Server>>> = {
  'a server of Debian': async () => {
    const cluster = await startThrowAwayCluster();
    const client = new pg.Client({ connectionString: cluster.url });
    await client.connect();
    return {
      exec: (sql) => client.query(sql),
      query: async <Row>(sql: string) => (await client.query(sql)).rows as readonly Row[],
      stop: async () => {
        await client.end();
        await cluster.stop();
      },
    };
  },
  'embedded Postgres': async () => {
    const database = await startEmbeddedPostgres({ platform: 'postgres' });
    return {
      exec: (sql) => database.exec(sql),
      query: (sql) => database.query(sql),
      stop: () => database.close(),
    };
  },
};

const folder = mkdtempSync(join(tmpdir(), 'ddlint-drift-sql-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Within a transaction: what the reader begins, ends and sets is undone by a savepoint. */
async function read(server: Server): Promise<Reading> {
  await server.exec('savepoint reading');
  const query = <Row>(sql: string) => (/^(BEGIN|ROLLBACK)\b/.test(sql) ? Promise.resolve([]) : server.query<Row>(sql));
  const reading = await readDatabase({ query }, { platform: 'postgres' });
  await server.exec('rollback to savepoint reading');
  return reading;
}

async function replay(sql: string): Promise<Reading> {
  const file = join(folder, '1_schema.sql');
  writeFileSync(file, sql);
  return migrations({ paths: [file], cwd: folder, platform: 'postgres', exposure: 'auto' }).read();
}

const compare = (left: Reading, right: Reading): DriftReport => driftBetween(left, right, 'files', 'database');

const told = (left: Reading, right: Reading): readonly string[] =>
  compare(left, right).drifted.map(({ kind, name, state, facts }) =>
    state === 'changed' ? `${kind} ${name}: ${facts.map((fact) => fact.name).join(', ')}` : `${kind} ${name} ${state}`,
  );

describe.each(Object.entries(SERVERS))('%s', (_, start) => {
  let server: Server;
  let files: Reading;

  beforeAll(async () => {
    server = await start();
    await server.exec(SCHEMA);
    files = await replay(SCHEMA);
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    await server.exec('begin');
  });
  afterEach(async () => {
    await server.exec('rollback');
  });

  it('has nothing to be mended where nothing was changed', async () => {
    const database = await read(server);
    expect(told(files, database)).toEqual([]);
    expect(compare(files, database).script).toEqual({ onLeft: null, onRight: null });
  });

  it.each(Object.entries(CHANGES))('is mended, or adopted by a migration: %s', async (_, change) => {
    await server.exec('savepoint unchanged');
    await server.exec(change.sql);
    const changed = await read(server);
    expect(told(files, changed)).toEqual(change.told);
    const { script } = compare(files, changed);

    await server.exec(script.onRight ?? '');
    expect(told(files, await read(server))).toEqual(change.stays?.onRight ?? []);

    await server.exec(`rollback to savepoint unchanged; ${script.onLeft ?? ''}`);
    expect(told(await read(server), changed)).toEqual(change.stays?.onLeft ?? []);
    expect(told(await replay(`${SCHEMA}${script.onLeft ?? ''}`), changed)).toEqual(change.stays?.onLeft ?? []);
  });
});
