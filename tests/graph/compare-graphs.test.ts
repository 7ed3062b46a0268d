import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CompareOptions, compareGraphs } from '../../src/graph/difference/compare-graphs.ts';
import { differenceText } from '../../src/graph/difference/graph-difference.ts';
import { SchemaBuilder } from '../../src/graph/schema-builder.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';
import { readCatalog } from '../../src/sources/live/read-catalog.ts';
import { migrations } from '../../src/sources/migrations/migrations.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';

// The comparison must see every kind of change, and say it so that a person knows what to do.

const BASE = `
  create role alice;
  create table public.orders (
    id bigint generated always as identity primary key, user_id int not null, total numeric(10, 2) default 0 check (total >= 0),
    note text, state text default 'new', constraint orders_user_unique unique (user_id, state)
  );
  create table public.users (id int primary key, name text);
  alter table public.orders add constraint orders_user foreign key (user_id) references public.users;
  create index orders_note on public.orders (note) where note is not null;
  create policy own on public.orders for select to alice using (user_id = 1);
  create view public.open_orders as select id, total from public.orders where state = 'new';
  create function public.total(a int, b int default 1) returns int language sql stable as 'select a + b';
  create type public.mood as enum ('ok', 'sad');
  create function public.touch() returns trigger language plpgsql as 'begin return new; end';
  create trigger touch before update on public.orders for each row when (new.total <> old.total) execute function public.touch();
  create domain public.positive as int check (value > 0);
  create publication news for table public.orders;
  create sequence public.numbers;
`;

let database: EmbeddedPostgres;
let base: SchemaGraph;

beforeAll(async () => {
  database = await startEmbeddedPostgres({ platform: 'postgres' });
  await database.exec(BASE);
  base = (await readCatalog(database)).graph;
});

afterAll(() => database.close());

async function differencesAfter(sql: string): Promise<readonly string[]> {
  await database.exec('begin');
  try {
    await database.exec(sql);
    const inside = {
      query: async <Row>(text: string) => (/^(BEGIN|ROLLBACK)/.test(text) ? [] : database.query<Row>(text)),
    };
    const { graph } = await readCatalog(inside);
    return compareGraphs(base, graph).map((each) => differenceText(each, 'before', 'after'));
  } finally {
    await database.exec('rollback');
  }
}

it('finds no difference between two readings of one database', async () => {
  expect(await differencesAfter('select 1')).toEqual([]);
});

it.each([
  [
    'alter table orders alter note type varchar(20)',
    ['column public.orders.note: type text (before) ≠ character varying(20) (after)'],
  ],
  [
    "alter table orders alter state set default 'old'",
    ["column public.orders.state: default 'new'::text (before) ≠ 'old'::text (after)"],
  ],
  [
    'alter table orders alter user_id drop not null',
    [
      'column public.orders.user_id: notNull true (before) ≠ false (after)',
      'column public.orders.user_id: notNullName orders_user_id_not_null (before) ≠ none (after)',
    ],
  ],
  [
    'alter table orders drop column note cascade',
    [
      'column public.orders.note: only in before',
      'column public.orders.state: position 5 (before) ≠ 4 (after)',
      'index public.orders_note: only in before',
    ],
  ],
  [
    'drop table users cascade',
    ['foreignKey public.orders.orders_user: only in before', 'table public.users: only in before'],
  ],
  ['create table extra (a int, b int primary key)', ['table public.extra: only in after']],
  ['alter table orders enable row level security', ['table public.orders: rowSecurity false (before) ≠ true (after)']],
  [
    'alter policy own on orders using (user_id = 2)',
    ['policy public.orders.own: using user_id = 1 (before) ≠ user_id = 2 (after)'],
  ],
  ['alter policy own on orders to public', ['policy public.orders.own: roles alice (before) ≠ PUBLIC (after)']],
  [
    'grant select on orders to alice',
    ['table public.orders: acl postgres=arwdDxtm (before) ≠ postgres=arwdDxtm, alice=r (after)'],
  ],
  [
    'grant update (note) on orders to alice with grant option',
    ['column public.orders.note: acl none (before) ≠ alice=w (grantable: w) (after)'],
  ],
  [
    'alter default privileges in schema public grant select on tables to alice',
    ['defaultPrivileges default privileges of postgres on tables in public: only in after'],
  ],
  [
    'drop index orders_note; create index orders_note on orders (note desc, state) where note is not null',
    ['index public.orders_note: keys note (before) ≠ note desc nulls first, state (after)'],
  ],
  [
    'alter table orders drop constraint orders_user; alter table orders add constraint orders_user foreign key (user_id) references users on delete cascade',
    ['foreignKey public.orders.orders_user: onDelete no action (before) ≠ cascade (after)'],
  ],
  [
    "create or replace view open_orders with (security_invoker) as select id, total from orders where state = 'old'",
    [
      "view public.open_orders: query SELECT id, total FROM public.orders WHERE (state = 'new'::text); (before) ≠ SELECT id, total FROM public.orders WHERE (state = 'old'::text); (after)",
      'view public.open_orders: securityInvoker false (before) ≠ true (after)',
    ],
  ],
  [
    "create or replace function total(a int, b int default 2) returns int language sql security definer set search_path = '' as 'select a'",
    [
      'function public.total(integer, integer): body select a + b (before) ≠ select a (after)',
      'function public.total(integer, integer): config none (before) ≠ search_path="" (after)',
      'function public.total(integer, integer): parameters in a integer, in b integer default 1 (before) ≠ in a integer, in b integer default 2 (after)',
      'function public.total(integer, integer): security invoker (before) ≠ definer (after)',
      'function public.total(integer, integer): volatility stable (before) ≠ volatile (after)',
    ],
  ],
  [
    "alter type mood add value 'glad' before 'sad'",
    ['enumType public.mood: labels ok, sad (before) ≠ ok, glad, sad (after)'],
  ],
  [
    'alter table orders disable trigger touch',
    ['trigger public.orders.touch: enabled origin (before) ≠ disabled (after)'],
  ],
  [
    'alter publication news set table orders where (id > 5)',
    ['publication news: tables public.orders none none (before) ≠ public.orders none id > 5 (after)'],
  ],
  ['alter domain positive set default 1', ['domain public.positive: default none (before) ≠ 1 (after)']],
  ['alter sequence numbers increment 2', ['sequence public.numbers: increment 1 (before) ≠ 2 (after)']],
  [
    'alter table orders owner to alice',
    [
      'sequence public.orders_id_seq: owner postgres (before) ≠ alice (after)',
      'table public.orders: owner postgres (before) ≠ alice (after)',
    ],
  ],
  ["comment on table users is 'people'", ['table public.users: comment none (before) ≠ people (after)']],
  ['create extension citext', ['extension citext: only in after']],
  ['alter role alice set search_path = app', ['role alice: config none (before) ≠ search_path=app (after)']],
  ['create temp table scratch (a int)', []],
] as const)('%s', async (sql, expected) => {
  expect(await differencesAfter(sql)).toEqual(expected);
});

it('concludes nothing from what an assumed table leaves open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddlint-compare-'));
  writeFileSync(
    join(folder, '1.sql'),
    'alter table public.orders enable row level security, alter note set default 1;',
  );
  const source = migrations({ paths: ['.'], cwd: folder, platform: 'postgres', exposure: 'legacy' });
  const { graph } = await source.read();
  rmSync(folder, { recursive: true });
  const lines = compareGraphs(graph, base).map((each) => differenceText(each, 'files', 'server'));
  expect(lines.filter((line) => line.includes('orders'))).toEqual([
    'column public.orders.note: default 1 (files) ≠ none (server)',
    'table public.orders: rowSecurity true (files) ≠ false (server)',
    'view public.open_orders: only in server',
  ]);
});

it('does not hold against an older server what only newer ones have', () => {
  const older = new SchemaBuilder();
  const newer = new SchemaBuilder();
  for (const [builder, letters] of [
    [older, 'arwdDxt'],
    [newer, 'arwdDxtm'],
  ] as const) {
    const role = (name: string) =>
      builder.create(
        {
          ...{ kind: 'role', name, isSuperuser: false, inherits: true, canLogin: false, createsRoles: false },
          ...{ createsDatabases: false, replication: false, bypassesRowSecurity: false, memberOf: [], config: [] },
        },
        'catalog',
      );
    const owner = role('postgres');
    if (builder === newer) role('pg_maintain');
    const acl = [{ grantee: owner.id, privileges: letters, grantable: '' }];
    builder.create({ kind: 'schema', name: 'app', owner: owner.id, acl }, 'catalog');
  }
  const differences = (options: CompareOptions) =>
    compareGraphs(older.graph, newer.graph, options).map((each) => differenceText(each, 'old', 'new'));
  expect(differences({ serverMajor: 16 })).toEqual([]);
  expect(differences({})).toEqual([
    'role pg_maintain: only in new',
    'schema app: acl postgres=arwdDxt (old) ≠ postgres=arwdDxtm (new)',
  ]);
});

it('knows that a partition has no identity of its own before PG 17, and that ranges have no multirange before PG 14', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddlint-compare-'));
  writeFileSync(
    join(folder, '1.sql'),
    `create table stock (id bigint generated always as identity, day date) partition by range (day);
     create table stock_2025 partition of stock for values from ('2025-01-01') to ('2026-01-01');
     create type span as range (subtype = int);`,
  );
  const { graph } = await migrations({ paths: ['.'], cwd: folder, platform: 'postgres', exposure: 'legacy' }).read();
  rmSync(folder, { recursive: true });
  const older = new SchemaBuilder();
  const entities = [...graph.all()].map((each) => {
    const relation = each.kind === 'column' ? graph.find(each.relation) : undefined;
    if (each.kind === 'column' && relation?.kind === 'table' && relation.partitionOf !== null)
      return { ...each, identity: null };
    return each.kind === 'rangeType' ? { ...each, multirangeName: '' } : each;
  });
  older.adopt({ entities, lastId: Math.max(...entities.map((each) => each.id)) });
  const differences = (serverMajor: number) =>
    compareGraphs(graph, older.graph, { serverMajor }).map((each) => `${each.path} ${each.fact}`);
  expect(differences(18)).toEqual(['public.stock_2025.id identity', 'public.span multirangeName']);
  expect(differences(17)).toEqual(['public.stock_2025.id identity', 'public.span multirangeName']);
  expect(differences(16)).toEqual(['public.span multirangeName']);
  expect(differences(13)).toEqual([]);
});
