import { describe, expect, test } from 'vitest';
import brokenFunction from '../../rules/integrity/broken-function.ts';
import perRowAuthCall from '../../rules/performance/per-row-auth-call.ts';
import definerCallableByAnon from '../../rules/security/definer-function-callable-by-anon.ts';
import materializedViewExposed from '../../rules/security/materialized-view-exposed.ts';
import policyRecursion from '../../rules/security/policy-recursion.ts';
import { audit } from '../../src/audit/audit.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';
import type { Rule } from '../../src/rule/rule.ts';
import { problemsOf, replaySql } from './replay-sql.ts';

function table(graph: SchemaGraph, name: string) {
  const found = graph.relation({ schema: 'public', name });
  if (found?.kind !== 'table') throw new Error(`no table ${name}`);
  return found;
}

function columnNames(graph: SchemaGraph, name: string): readonly string[] {
  return graph.columns(table(graph, name).id).map((each) => each.name);
}

describe('tables that nothing created', () => {
  test('are one problem, however often they are used', async () => {
    const reading = await replaySql(`
      alter table orders enable row level security;
      alter table orders add column total numeric not null default 0;
      create index orders_total on orders (total, placed_at);
      create table lines (order_id int references orders on delete cascade);
      create policy p on orders using (user_id = 1);
      alter table orders drop constraint if exists nothing, drop column if exists nothing;
    `);
    expect(problemsOf(reading)).toEqual(['unknownObject table public.orders']);
    const orders = table(reading.graph, 'orders');
    expect(orders.isAssumed).toBe(true);
    expect(orders.rowSecurity).toBe(true);
    expect(reading.graph.isKnown(orders, 'rowSecurity')).toBe(true);
    expect(reading.graph.isKnown(orders, 'owner')).toBe(false);
    expect(reading.graph.column(orders.id, 'total')?.isAssumed).toBeUndefined();
    expect(reading.graph.column(orders.id, 'placed_at')?.isAssumed).toBe(true);
    const [key] = reading.graph.ownedBy(table(reading.graph, 'lines').id, 'foreignKey');
    expect(key?.referencedTable).toBe(orders.id);
    expect(key?.referencedColumns).toEqual([]);
  });

  test('become what a later statement creates, and keep what was said of them', async () => {
    const reading = await replaySql(`
      alter table orders enable row level security;
      create index by_user on orders (user_id);
      create table lines (order_id int references orders (id));
      create table orders (id int primary key, user_id uuid not null, note text);
    `);
    expect(problemsOf(reading)).toEqual(['unknownObject table public.orders']);
    const { graph } = reading;
    const orders = table(graph, 'orders');
    expect(orders.isAssumed).toBeUndefined();
    expect(orders.rowSecurity).toBe(true);
    expect(columnNames(graph, 'orders')).toEqual(['id', 'user_id', 'note']);
    expect(graph.column(orders.id, 'user_id')?.notNull).toBe(true);
    const index = graph.relation({ schema: 'public', name: 'by_user' });
    expect(index?.kind === 'index' && graph.columnNames([index.keys[0]?.column ?? orders.id])).toEqual(['user_id']);
    const problem = reading.journal.find((each) => each.type === 'failed')?.problem;
    expect(problem?.type === 'unknownObject' && problem.createdLater !== undefined).toBe(true);
  });

  test('can be renamed, moved and dropped', async () => {
    const reading = await replaySql(`
      alter table a rename to b;
      alter table b rename column x to y;
      create schema s;
      alter table b set schema s;
      drop table s.b;
      drop table c;
    `);
    expect(problemsOf(reading)).toEqual(['unknownObject table public.a', 'unknownObject table public.c']);
    expect([...reading.graph.ofKind('table')]).toEqual([]);
  });
});

describe('columns that nothing created', () => {
  test('are a problem of their own in a known table, and become real when they are added', async () => {
    const reading = await replaySql(`
      create table t (id int);
      create index i on t (slug);
      create index j on t (slug, id);
      alter table t add column slug text not null;
    `);
    expect(problemsOf(reading)).toEqual(['unknownObject column public.t.slug']);
    expect(columnNames(reading.graph, 't')).toEqual(['id', 'slug']);
    const slug = reading.graph.column(table(reading.graph, 't').id, 'slug');
    expect(slug?.isAssumed).toBeUndefined();
    expect(slug?.notNull).toBe(true);
  });

  test('are not missed where a table is made from something unknown', async () => {
    const reading = await replaySql(`
      create table copy (like somewhere);
      create table child (own int) inherits (somewhere);
      create table taken as select * from somewhere;
      create index on copy (anything); create index on child (anything); create index on taken (anything);
      create view v as select anything from taken;
    `);
    expect(problemsOf(reading)).toEqual(['unknownObject table public.somewhere']);
  });
});

test('a statement that fails leaves nothing behind, and its problem is told again by the next', async () => {
  const reading = await replaySql(`
    create table t (id int);
    alter table t add column a int, add column b int references nowhere, add column id int;
    create table u (x int references nowhere);
  `);
  expect(problemsOf(reading)).toEqual(['duplicateObject public.t.id', 'unknownObject table public.nowhere']);
  expect(columnNames(reading.graph, 't')).toEqual(['id']);
});

describe('guards', () => {
  test('do not take an assumed table for one that exists', async () => {
    const reading = await replaySql(`alter table ghosts add column a int;
create table items (id int primary key);
do $$ begin
  if to_regclass('public.ghosts') is not null then alter table ghosts rename to items; end if;
end $$;
do $$ begin
  if exists (select from information_schema.tables where table_name = 'ghosts') then
    alter table ghosts rename to items;
  end if;
end $$;`);
    expect(problemsOf(reading)).toEqual(['unknownObject table public.ghosts']);
    expect(reading.notUnderstood).toHaveLength(2);
    expect(table(reading.graph, 'ghosts').isAssumed).toBe(true);
  });

  test('a relation that a block may have made is not missed', async () => {
    const reading = await replaySql(`create table settings (id int primary key, archives boolean);
do $$ begin
  if (select archives from settings limit 1) then create table archives (id int primary key); end if;
end $$;
alter table archives add column note text;`);
    expect(problemsOf(reading)).toEqual([]);
  });
});

describe('rules conclude nothing from what is not known of them', () => {
  async function told(id: string, rule: Rule, sql: string): Promise<readonly string[]> {
    const reading = await replaySql(sql, { platform: 'supabase' });
    const selection = { preset: 'strict', settings: new Map(), only: [id] } as const;
    const { report } = await audit({ name: '', read: async () => reading }, { rules: [{ id, rule }], selection });
    return report.findings.map(({ severity, messageId }) => `${severity} ${messageId}`);
  }

  const published = `grant select on public.certs to anon, authenticated;
create policy "read" on public.certs for select to anon using (is_published);
create function public.is_pub(c uuid) returns boolean language sql stable security definer set search_path = ''
as $$ select exists (select 1 from public.certs where id = c and is_published) $$;
create materialized view public.shown as select id from public.certs where is_published;`;

  test('whether everybody reads all of it', async () => {
    expect(await told('definer-function-callable-by-anon', definerCallableByAnon, published)).toEqual([
      'medium answer',
    ]);
    expect(await told('materialized-view-exposed', materializedViewExposed, published)).toEqual(['medium plain']);
    const off = `${published} alter table public.certs disable row level security;`;
    expect(await told('definer-function-callable-by-anon', definerCallableByAnon, off)).toEqual(['low same']);
  });

  test('a function that the history makes is taken for the only one of its name', async () => {
    const called = (name: string) => `alter table public.users add column name text;
create function public.notify(kind text, data jsonb) returns void language sql as 'select null';
create function public.sign_up() returns void language plpgsql set search_path = '' as $$
begin perform public.${name}('x', json_build_object('a', 1)); end $$;`;
    expect(await told('broken-function', brokenFunction, called('notify'))).toEqual(['high call']);
    expect(await told('broken-function', brokenFunction, called('other'))).toEqual([]);
  });

  test('a policy that reads its own table fails, whatever its columns are', async () => {
    const own = `alter table public.profiles enable row level security;
create policy a on public.profiles for select to authenticated
  using (exists (select 1 from public.profiles p where p.id = auth.uid() and p.role = 'admin'));`;
    expect(await told('policy-recursion', policyRecursion, own)).toEqual(['critical self']);
    const unknown = own.replace(/^alter.*;/, '');
    expect(await told('policy-recursion', policyRecursion, unknown)).toEqual([]);
  });

  test('a variable that a guard compares with their columns is the variable', async () => {
    const guarded = `create table public.queue (id uuid primary key); alter table public.queue enable row level security;
alter table public.users add column name text;
create function public.stats() returns int language plpgsql security definer set search_path = '' as $$
declare v_me uuid := auth.uid(); n int;
begin
  if not exists (select 1 from public.users where id = v_me and role = 'admin') then return null; end if;
  select count(*) into n from public.queue;
  return n;
end $$;`;
    expect(await told('definer-function-callable-by-anon', definerCallableByAnon, guarded)).toEqual(['medium asking']);
  });

  test('a foreign key that refers to a column tells of a unique index on it', async () => {
    const policy = `alter table public.audit enable row level security;
create policy a on public.audit for select to authenticated
  using (exists (select 1 from public.profiles p where p.id = auth.uid() and p.is_admin));`;
    const made = (target: string) =>
      `create table public.audit (id uuid primary key, who uuid references public.profiles${target}); ${policy}`;
    expect(await told('per-row-auth-call', perRowAuthCall, made('(id)'))).toEqual(['low searched']);
    const other = `alter table public.profiles add column id uuid; ${made('(user_id)')}`;
    expect(await told('per-row-auth-call', perRowAuthCall, other)).toEqual(['medium inner']);
  });
});

describe('a table that is made after statements that needed it', () => {
  test('has the keys and checks that it brings, and not the ones that could not be added', async () => {
    const reading = await replaySql([
      `alter table members add constraint members_pkey primary key (a, b);
       alter table members add constraint members_a_check check (a >= 0);`,
      `create table if not exists members (
         id uuid primary key, a int not null, b int not null, unique (a, b), constraint members_a_check check (a > 0)
       );`,
    ]);
    const members = table(reading.graph, 'members');
    expect(problemsOf(reading)).toEqual(['unknownObject table public.members']);
    expect(members.isAssumed).toBeUndefined();
    expect(columnNames(reading.graph, 'members')).toEqual(['id', 'a', 'b']);
    expect(reading.graph.columnNames(reading.graph.primaryKey(members.id)?.columns ?? [])).toEqual(['id']);
    expect(reading.graph.ownedBy(members.id, 'checkConstraint').map((each) => each.expression.text)).toEqual(['a > 0']);
  });
});

test('a search_path that leads nowhere makes no second table of a name', async () => {
  const { graph } = await replaySql([
    'create table t (id int primary key); set search_path = nowhere; grant all on t to public;',
    "begin; comment on table t is 'changed'; rollback;",
  ]);
  expect(graph.ofKind('table').map((each) => graph.path(each))).toEqual(['public.t']);
});
