import { describe, expect, test } from 'vitest';
import { filtersByCaller } from '../../src/graph/caller/caller-filter.ts';
import { mayReadEveryRow } from '../../src/graph/policies/open-reading.ts';
import { apiCallers } from '../../src/graph/privileges/api-calls.ts';
import { ownerReads } from '../../src/graph/privileges/owner-reads.ts';
import { isInlinable } from '../../src/graph/routines/inlinable.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';
import { keptSealed } from '../../src/graph/secrets/sealed-column.ts';
import { securedAncestor } from '../../src/graph/table-ancestors.ts';
import { refusedChanges, surelyRefused } from '../../src/graph/triggers/write-guards.ts';
import { updatableTable } from '../../src/graph/views/updatable-view.ts';
import { replaySql } from '../replay/replay-sql.ts';

async function graphOf(sql: string): Promise<SchemaGraph> {
  return (await replaySql(sql, { platform: 'supabase' })).graph;
}

function named<K extends 'table' | 'view' | 'materializedView'>(graph: SchemaGraph, kind: K, name: string) {
  const found = graph.relation({ schema: 'public', name });
  if (found?.kind !== kind) throw new Error(`no ${kind} ${name}`);
  return graph.get(kind, found.id);
}

describe('views', () => {
  const VIEWS = `create table orders (id int primary key, owner uuid, cents int);
    create view plain as select id, cents from orders;
    create view invoker with (security_invoker) as select * from orders;
    create view around as select * from invoker;
    create view outside as select * from plain;
    create materialized view copied as select * from invoker;
    create view own as select sum(cents) from orders where owner = auth.uid();
    create view shown as select id, auth.uid() as me from orders;`;

  test.each([
    ['plain', ['orders']],
    ['invoker', []],
    ['around', []],
    ['outside', ['orders']],
    ['copied', ['orders']],
  ])('%s reads as an owner: %j', async (name, tables) => {
    const graph = await graphOf(VIEWS);
    const view = named(graph, name === 'copied' ? 'materializedView' : 'view', name);
    expect(ownerReads(graph, view).map(({ table }) => table.name.name)).toEqual(tables);
  });

  test('are written to where they show plain columns of one table', async () => {
    const graph = await graphOf(VIEWS);
    const targets = ['plain', 'own', 'outside'].map(
      (name) => updatableTable(graph, named(graph, 'view', name))?.name.name,
    );
    expect(targets).toEqual(['orders', undefined, undefined]);
  });

  test('ask for the caller in a condition, not in what they show', async () => {
    const graph = await graphOf(VIEWS);
    const asking = ['own', 'shown'].map((name) => filtersByCaller(graph, named(graph, 'view', name).query));
    expect(asking).toEqual([true, false]);
  });
});

describe('tables', () => {
  test('are read as a whole by grants and policies', async () => {
    const graph = await graphOf(`create table open (id int);
      create table listed (id int); alter table listed enable row level security;
      create policy everyone on listed for select using (true);
      create table limited (id int); alter table limited enable row level security;
      create policy everyone on limited for select using (true);
      create policy less on limited as restrictive for select using (id > 0);
      create table closed (id int); revoke all on closed from anon;`);
    const anon = graph.global('role', 'anon')?.id ?? 'public';
    const open = ['open', 'listed', 'limited', 'closed'].map((name) =>
      mayReadEveryRow(graph, anon, named(graph, 'table', name)),
    );
    expect(open).toEqual([true, true, false, false]);
  });

  test('know the nearest table above with row security', async () => {
    const graph =
      await graphOf(`create table a (id int) partition by list (id); alter table a enable row level security;
      create table b partition of a for values in (1) partition by list (id);
      create table c partition of b for values in (1);
      create table d (id int); create table e () inherits (d);`);
    const above = ['c', 'e'].map((name) => securedAncestor(graph, named(graph, 'table', name))?.name.name);
    expect(above).toEqual(['a', undefined]);
  });

  test('refuse changes by triggers and rules', async () => {
    const graph = await graphOf(`create table log (id int);
      create function no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
      create function noted() returns trigger language plpgsql as $$ begin raise notice 'x'; return new; end $$;
      create trigger a before delete on log for each row execute function no();
      create trigger b before update on log for each row execute function noted();`);
    expect([...refusedChanges(graph, named(graph, 'table', 'log'))]).toEqual(['delete']);
  });

  test.each([
    ["raise exception 'no';", ['update', 'delete']],
    ["if tg_op = 'DELETE' then raise exception 'no'; end if; return new;", ['delete']],
    ["if tg_op = 'UPDATE' then return new; end if; raise exception 'no';", ['delete']],
    ["if old.sealed then raise exception 'no'; else raise exception 'never'; end if;", ['update', 'delete']],
    ["if old.sealed then raise exception 'no'; end if; return old;", []],
    ["begin raise exception 'no'; exception when others then null; end; return old;", []],
    ["begin raise exception 'no'; end; return old;", ['update', 'delete']],
  ])('are append-only where each way through a trigger raises: %s', async (body, refused) => {
    const graph = await graphOf(`create table log (id int, sealed boolean);
      create function no() returns trigger language plpgsql as $$ begin ${body} end $$;
      create trigger a before update or delete on log for each row execute function no();`);
    expect([...surelyRefused(graph, named(graph, 'table', 'log').id)]).toEqual(refused);
  });

  test('keep a hash where what writes them makes one', async () => {
    const graph = await graphOf(`create table users (name text, secret text, pin text);
      create function put(n text, s text) returns void language sql as
        $$ insert into public.users (name, secret, pin) values (n, extensions.crypt(s, extensions.gen_salt('bf')), s) $$;`);
    const { id } = named(graph, 'table', 'users');
    expect(graph.columns(id).map((column) => keptSealed(graph, column, new Map()))).toEqual([false, true, false]);
  });
});

describe('functions', () => {
  test('are called through the API by those who may', async () => {
    const graph = await graphOf(`create function open() returns int language sql as 'select 1';
      create function closed() returns int language sql as 'select 1'; revoke execute on function closed() from public, anon;
      create function fired() returns trigger language plpgsql as $$ begin return new; end $$;`);
    const settings = { clientRoles: ['anon', 'authenticated', 'public'], exposedSchemas: ['public'] };
    const callers = ['open', 'closed', 'fired'].map((name) =>
      graph
        .functions({ schema: 'public', name })
        .flatMap((fn) => apiCallers(graph, fn, settings).map((each) => each.name)),
    );
    expect(callers).toEqual([['anon', 'authenticated'], ['authenticated'], []]);
  });

  test.each([
    ["returns int language sql as 'select 1'", true],
    ["returns int language sql security definer as 'select 1'", false],
    ["returns int language sql as 'select id from t'", false],
    ["returns setof int language sql as 'select id from t'", false],
    ["returns setof int language sql stable as 'select id from t'", true],
    ['returns int language plpgsql as $$ begin return 1; end $$', false],
  ])('%s: inlined %s', async (rest, expected) => {
    const graph = await graphOf(`create table t (id int); create function f() ${rest};`);
    const [fn] = graph.functions({ schema: 'public', name: 'f' });
    expect(fn && isInlinable(fn)).toBe(expected);
  });
});
