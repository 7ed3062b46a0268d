import { describe, expect, test } from 'vitest';
import type { Reading } from '../../src/sources/source.ts';
import { problemsOf, replaySql } from './replay-sql.ts';

// A SELECT or CALL is only data, unless what it calls makes or changes something.

function tables({ graph }: Reading): readonly string[] {
  return graph
    .ofKind('table')
    .filter((each) => each.name.schema === 'public')
    .map((each) => each.name.name);
}

describe('what a called routine does is replayed', () => {
  test('with the arguments of the call', async () => {
    const reading = await replaySql(`
      create function make(name text, with_rls boolean) returns void language plpgsql as $$
      begin
        execute format('create table %I (id int)', name);
        if with_rls then execute format('alter table %I enable row level security', name); end if;
      end $$;
      select make('first', true);
      select make('second', false);`);
    expect(problemsOf(reading)).toEqual([]);
    expect(tables(reading)).toEqual(['first', 'second']);
    expect([...reading.graph.ofKind('table')].map((each) => each.rowSecurity)).toEqual([true, false]);
    expect(reading.notUnderstood).toEqual([]);
  });

  test('and stands where it is called, not where it was written', async () => {
    const text = `create procedure make() language sql as 'create table made (id int)';\ncall make();`;
    const { graph } = await replaySql(text);
    const [made] = [...graph.ofKind('table')];
    expect(made?.origin).toMatchObject({ at: { start: text.indexOf('call make'), file: '1.sql' } });
  });

  test('a routine that calls another, and one that calls itself', async () => {
    const reading = await replaySql(`
      create function inner_one() returns void language plpgsql as $$ begin create table deep (id int); end $$;
      create function outer_one() returns void language sql as $$ select inner_one() $$;
      create function endless() returns void language sql as $$ select endless() $$;
      select outer_one(), endless();`);
    expect(tables(reading)).toEqual(['deep']);
  });

  test('in a DO block, with the values of its variables', async () => {
    const reading = await replaySql(`
      create function make(name text) returns text language plpgsql as $$
      begin execute format('create table %I (id int)', name); return name; end $$;
      create procedure make_all() language sql as $$ select make('from_procedure') $$;
      do $$
      declare each text; last text; suffix text := 'x';
      begin
        foreach each in array array['a', 'b'] loop perform make(each || '_1'); end loop;
        last := make('assigned');
        select make('into_' || suffix) into last;
        call make_all();
      end $$;`);
    expect(problemsOf(reading)).toEqual([]);
    expect(tables(reading)).toEqual(['a_1', 'b_1', 'assigned', 'into_x', 'from_procedure']);
  });

  test('as its owner and with its search_path', async () => {
    const reading = await replaySql(`
      create role owner_role;
      create schema app;
      create function make() returns void language plpgsql security definer set search_path = app as $$
      begin create table made (id int); end $$;
      alter function make() owner to owner_role;
      select make();
      create table after_it (id int);`);
    const [made, after] = [...reading.graph.ofKind('table')];
    expect(reading.graph.path(made as never)).toBe('app.made');
    expect(reading.graph.get('role', made?.owner as never).name).toBe('owner_role');
    expect(reading.graph.path(after as never)).toBe('public.after_it');
    expect(reading.graph.get('role', after?.owner as never).name).toBe('postgres');
  });
});

describe('what cannot be followed is doubted', () => {
  test('a call for each row of a table', async () => {
    const reading = await replaySql(`
      create table names (name text);
      create function make(name text) returns void language plpgsql as $$
      begin execute format('create table %I (id int)', name); end $$;
      select make(name) from names;`);
    expect(tables(reading)).toEqual(['names']);
    expect(reading.notUnderstood.map((each) => each.what)).toEqual([
      expect.stringContaining('The call of public.make(text) depends on data'),
    ]);
    expect(reading.doubts).toHaveLength(1);
  });

  test.each([
    'select make() from t',
    'do $$ begin if (select count(*) from t) > 1 then perform make(); end if; end $$',
    'do $$ begin if (select count(*) from t) > 1 then call make_too(); end if; end $$',
  ])('of a function in SQL: %s', async (sql) => {
    const reading = await replaySql(`create table t (id int);
      create function make() returns void language sql as 'alter table t add column made int';
      create procedure make_too() language sql as 'select make()';
      ${sql};`);
    const [t] = [...reading.graph.ofKind('table')];
    expect(problemsOf(reading)).toEqual([]);
    expect(reading.graph.columns(t?.id as never)).toHaveLength(1);
    expect(reading.graph.isDoubtful(t as never, ['columns'])).toBe(true);
    expect(reading.graph.isDoubtful(t as never, ['policies'])).toBe(false);
    expect(reading.notUnderstood).toHaveLength(1);
  });

  test('a function of an extension that changes the table it is given', async () => {
    const reading = await replaySql(`
      create extension timescaledb;
      create table readings (at timestamptz);
      create table other (at timestamptz);
      select create_hypertable('readings', 'at');`);
    const [readings, other] = [...reading.graph.ofKind('table')];
    expect(reading.graph.isDoubtful(readings as never, ['indexes'])).toBe(true);
    expect(reading.graph.isDoubtful(other as never, ['indexes'])).toBe(false);
  });
});

test.each([
  'select count(*) from t',
  'do $$ begin if (select count(*) from t) > 1 then perform now(), pg_sleep(0); end if; end $$',
  'select now(), pg_sleep(0)',
  'create function f() returns int language plpgsql as $$ begin insert into t values (1); return 1; end $$; select f()',
  'create function f(a int) returns int language sql as $$ select a $$; select f(id) from t',
  'create function f() returns trigger language plpgsql as $$ begin create table x (a int); return new; end $$; select 1',
])('of no effect and no doubt: %s', async (sql) => {
  const reading = await replaySql(`create table t (id int); ${sql};`);
  expect(problemsOf(reading)).toEqual([]);
  expect(tables(reading)).toEqual(['t']);
  expect(reading.notUnderstood).toEqual([]);
  expect(reading.doubts).toEqual([]);
});

describe('what is bound to the parameters of a call', () => {
  const ENQUEUE = `
    create function enqueue(p_first uuid, p_kind text, p_key text default null, p_second uuid default null) returns uuid language plpgsql as $$
    begin
      if p_second is not null and p_first is null then return p_second; end if;
      raise exception 'not one: % and %', p_first, p_second;
    end $$;`;

  test.each([
    `do $$ declare p uuid := '00000000-0000-0000-0000-0000000000a1'; v uuid;
     begin v := enqueue(p_first := null, p_kind := 'x', p_second := p); end $$`,
    `do $$ declare p uuid := '00000000-0000-0000-0000-0000000000a1';
     begin perform enqueue(p_second => p, p_kind => 'x', p_first => null); end $$`,
    "select enqueue(null, 'x', p_second => '00000000-0000-0000-0000-0000000000a1')",
    "select case when false then enqueue(null, 'x') end",
    "select coalesce('a', enqueue(null, 'x')::text)",
    "select (select enqueue(null, 'x') where false)",
  ])('goes through: %s', async (sql) => {
    expect(problemsOf(await replaySql(`${ENQUEUE} ${sql};`))).toEqual([]);
  });

  test.each([
    "select enqueue(p_second => null, p_kind => 'x', p_first => null)",
    "do $$ declare p uuid := null; begin perform enqueue(p_first := p, p_kind := 'x'); end $$",
  ])('is refused: %s', async (sql) => {
    expect(problemsOf(await replaySql(`${ENQUEUE} ${sql};`))).toHaveLength(1);
  });

  test('of two that take as many arguments nothing is concluded', async () => {
    const reading = await replaySql(`
      create function pick(a int) returns void language plpgsql as $$ begin raise exception 'a number'; end $$;
      create function pick(a text) returns void language plpgsql as $$ begin null; end $$;
      select pick('x');`);
    expect(problemsOf(reading)).toEqual([]);
  });

  test('one that is STRICT does not run for a NULL', async () => {
    const reading = await replaySql(`
      create function stop(a int) returns void language plpgsql strict as $$ begin raise exception 'stopped'; end $$;
      select stop(null);`);
    expect(problemsOf(reading)).toEqual([]);
  });
});
