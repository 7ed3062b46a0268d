import { describe, expect, test } from 'vitest';
import { problemsOf, replaySql } from './replay-sql.ts';
import { serverForTests } from './server.ts';

// Guards compare what the server's functions print of the catalogs with texts: replay prints the same, or does not decide.

const embedded = serverForTests('postgres');

const SETUP = `
create schema other;
create type mood as enum ('a');
create type other.mood as enum ('a');
create type other.kind as enum ('b');
create domain "Größe" as int;
create table orders (id int primary key, state other.kind);
create table other.orders (id int primary key);
create function named(p_id uuid, p_rows jsonb) returns void language plpgsql as $$ begin end $$;
create function modes(a int, out b text, inout "Größe" "Größe", variadic rest text[]) language plpgsql as $$ begin end $$;
create function "Odd"(uuid, character varying(20), char(3), "select" bit(2), "user" timestamptz(3), "values" "char", "order" numeric(10,2)[],
  "name" name, x other.mood, y mood, z other.kind[], k interval day, j json, t timetz, v double precision, o orders, q other.orders) returns table (a int, b text)
  language plpgsql as $$ begin end $$;
create function defaulted(a int default 1, b text default 'x') returns int language sql as 'select 1';
create procedure steps(a int, inout b int, out c int) language plpgsql as $$ begin end $$;
create function twice(a int) returns int language sql as 'select 1';
create function twice(a text) returns int language sql as 'select 1';
create function other.twice(a int) returns int language sql as 'select 1';
create function other.hidden() returns int language sql as 'select 1';
create function lower(a uuid) returns text language sql as 'select null::text';`;

const ARGUMENTS = (name: string) =>
  `(select pg_get_function_identity_arguments(p.oid) from pg_proc p where p.proname = '${name}')`;
const ROUTINES = (name: string, type: string) =>
  `(select string_agg(p.oid::${type}::text, ' ') from pg_proc p where p.proname = '${name}' and p.pronamespace = 'other'::regnamespace)`;

const DECIDED: readonly string[] = [
  ...['named', 'modes', 'Odd', 'defaulted', 'steps', 'hidden'].map(ARGUMENTS),
  ...['twice', 'hidden'].flatMap((name) => [ROUTINES(name, 'regprocedure'), ROUTINES(name, 'regproc')]),
  "'named(uuid,jsonb)'::regprocedure::text",
  "'steps(int, int)'::regprocedure::text",
  `'"Odd"(uuid, varchar, char, bit, timestamptz, "char", numeric[], name, other.mood, mood, other.kind[], interval, json, timetz, float8, orders, other.orders)'::regprocedure::text`,
  "'named'::regproc::text",
  "to_regprocedure('named(uuid)')::text",
  "to_regprocedure('named( UUID , Jsonb )')::text",
  "to_regprocedure('nothing(uuid)')::text",
  "to_regproc('nothing')::text",
  "'orders'::regclass::text",
  "'other.orders'::regclass::text",
  "to_regtype('integer')::text",
  "to_regtype('timestamptz')::text",
  "to_regtype('other.kind')::text",
  "to_regtype('mood')::text",
  "to_regtype('nothing')::text",
];

const UNDECIDED: readonly string[] = [
  "to_regprocedure('lower(text)')::text",
  "to_regproc('lower')::text",
  "to_regclass('pg_catalog.pg_class')::text",
  "(select p.oid::regprocedure::text from pg_proc p where p.proname = 'lower')",
];

async function isRefused(condition: string, path: string): Promise<boolean> {
  const block = `do $do$ begin if ${condition} then raise exception 'so it is'; end if; end $do$;`;
  const problems = problemsOf(await replaySql([SETUP, `set search_path = ${path}; ${block}`]));
  expect(problems.filter((each) => each !== 'refused so it is')).toEqual([]);
  return problems.length > 0;
}

describe.each(['public', 'other, public', "''"])('search_path %s', (path) => {
  test.each(DECIDED)('%s', async (expression) => {
    await embedded.database.exec('begin');
    let shown: string | null;
    try {
      await embedded.database.exec(`${SETUP}; set search_path = ${path}`);
      const [row] = await embedded.database.query<{ shown: string | null }>(`select ${expression} as shown`);
      shown = row?.shown ?? null;
    } catch {
      // Not found by this path.
      return;
    } finally {
      await embedded.database.exec('rollback');
    }
    const condition = shown === null ? `${expression} is null` : `${expression} = '${shown}'`;
    expect([condition, await isRefused(condition, path)]).toEqual([condition, true]);
    expect(await isRefused(`not (${condition})`, path)).toBe(false);
  });

  test.each(UNDECIDED)('not decided: %s', async (expression) => {
    expect(await isRefused(`${expression} = 'x'`, path)).toBe(false);
    expect(await isRefused(`${expression} <> 'x'`, path)).toBe(false);
    expect(await isRefused(`${expression} is null`, path)).toBe(false);
  });
});

test('a regclass is not compared with a text', async () => {
  const of = "(select c.oid from pg_class c where c.relname = 'orders' and c.relnamespace = 'public'::regnamespace)";
  for (const operator of ['=', '<>'])
    expect(await isRefused(`${of}::regclass ${operator} 'public.orders'`, 'public')).toBe(false);
});
