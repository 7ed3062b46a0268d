import { describe, expect, test } from 'vitest';
import { problemsOf, replaySql } from './replay-sql.ts';
import { serverError, serverForTests } from './server.ts';

// What PL/pgSQL refuses to compile, replay refuses in the same words; what it compiles, replay takes.

const embedded = serverForTests('postgres');

const SETUP = `create table t (id int primary key, a int, b text);
create type mood as enum ('ok');
create schema app;
create table app.only_there (id int);`;

async function replayError(sql: string): Promise<string | null> {
  return problemsOf(await replaySql(`${SETUP}\n${sql}`))[0] ?? null;
}

const body = (text: string, head = 'f() returns void') => `create function ${head} language plpgsql as $$ ${text} $$`;

const REFUSED: readonly string[] = [
  // Variables that nobody declares
  body('begin x := 1; end'),
  body('begin x.y := 1; end'),
  body('begin x[1] := 1; end'),
  body('begin select 1 into x; end'),
  body('declare a int; begin select 1, 2 into a, x; end'),
  body("begin execute 'select 1' into x; end"),
  body('begin insert into t values (1) returning id into x; end'),
  body('begin get diagnostics x = row_count; end'),
  body('begin for r in select 1 loop null; end loop; end'),
  body("begin for r in execute 'select 1' loop null; end loop; end"),
  body('begin for r, s in select 1, 2 loop null; end loop; end'),
  body('begin foreach r in array array[1] loop null; end loop; end'),
  body('begin open c for select 1; end'),
  body('declare r record; begin fetch from c into r; end'),
  body('begin close c; end'),
  body('begin new.a := 1; end'),
  body('begin declare x int; begin null; end; x := 1; end'),
  body('begin for i in 1..2 loop null; end loop; i := 1; end'),
  body('begin null; exception when others then x := sqlerrm; end'),
  body('begin if true then case when true then x := 1; end case; end if; end'),
  body('begin x := 1; end', 'f(y int) returns void'),
  'do $$ begin for r in select 1 loop null; end loop; end $$',
  'do $$ begin x := 1; end $$',
  // Records and constants
  body('declare r record; x int; begin select 1, 2 into r, x; end'),
  body('declare r t%rowtype; x int; begin select 1, 2 into x, r; end'),
  body('declare c constant int := 1; begin c := 2; end'),
  body('declare c constant int := 1; begin select 2 into c; end'),
  body('declare x int; x text; begin null; end'),
  body('declare x int not null; begin null; end'),
  // RETURN
  body('begin return 1; end'),
  body('begin return; end', 'f() returns int'),
  body('begin return; end', 'f() returns trigger'),
  body('begin return 1; end', 'f() returns setof int'),
  body('begin return 1; end', 'f(out a int, out b int)'),
  body('begin return next 1; end', 'f() returns int'),
  body('begin return next; end', 'f() returns setof int'),
  body('begin return next 1; end', 'f() returns table (a int)'),
  body('begin return query select 1; end', 'f() returns int'),
  body("begin return query execute 'select 1'; end", 'f() returns record'),
  body('begin return null; end', 'f() returns event_trigger'),
  'create procedure f() language plpgsql as $$ begin return 1; end $$',
  'create procedure f(inout a int) language plpgsql as $$ begin return 1; end $$',
  'do $$ begin return 1; end $$',
  // EXIT and CONTINUE
  body('begin exit; end'),
  body('begin continue; end'),
  body('begin loop exit l; end loop; end'),
  body('<<l>> begin loop continue l; end loop; end'),
  body('begin while true loop null; end loop; exit when true; end'),
  // RAISE and conditions
  body("begin raise exception 'a % b'; end"),
  body("begin raise exception 'a b', 1; end"),
  body("begin raise notice '100 %'; end"),
  body("begin raise notice '%% %', 1, 2; end"),
  body('begin raise nothing_like_that; end'),
  body('begin null; exception when nothing_like_that then null; end'),
  // Types
  body('declare x nothing; begin null; end'),
  body('declare x public.nothing; begin null; end'),
  body('declare x nothing%rowtype; begin null; end'),
  body('declare x only_there%rowtype; begin null; end'),
  body('begin declare x nothing[]; begin null; end; end'),
  'do $$ declare x nothing; begin null; end $$',
];

const ACCEPTED: readonly string[] = [
  body('begin a := 1; end', 'f(inout a int)'),
  body('begin f.a := 1; $1 := 2; end', 'f(a int) returns void'),
  body('begin a := 1; return next; end', 'f() returns table (a int)'),
  body('<<l>> declare x int; begin l.x := 1; declare x text; begin x := 2; end; end'),
  body('declare r record; begin for r in select 1 loop null; end loop; select 1, 2 into r; end'),
  body('declare r t; x int; begin select * into r from t; r.a := 1; select 1, 2 into x, r.a; end'),
  body('declare m mood; x int; begin select 1, $s$ok$s$ into x, m; end'),
  body('declare x int; begin for x in select 1 loop null; end loop; end'),
  body('declare x int; y int; begin for x, y in select 1, 2 loop null; end loop; end'),
  body('declare c cursor for select 1; begin for r in c loop raise notice $s$%$s$, r; end loop; end'),
  body('declare c cursor (k int) for select k; begin for r in c(1) loop null; end loop; end'),
  body('declare c refcursor; r record; begin open c for select 1; fetch c into r; move c; close c; end'),
  body('declare x int[]; begin x[1] := 1; x[1:2] := array[1, 2]; end'),
  body('declare n int; ok boolean; begin get diagnostics n = row_count; ok := found; end'),
  body('begin null; exception when unique_violation or others or sqlstate $s$22012$s$ then raise; end'),
  body("begin raise exception 'a %%'; raise division_by_zero; raise sqlstate '22012'; raise using message = 'x'; end"),
  body("begin raise exception 'a % %', 1, 2 using hint = 'x'; end"),
  body('begin loop exit; end loop; <<l>> for i in 1..2 loop loop continue l; end loop; end loop; end'),
  body('<<l>> begin exit l; end'),
  body('begin exit f; end'),
  body('begin for i in reverse 3..1 loop i := i - 1; end loop; end'),
  body('begin new.a := 1; new := old; return new; end', 'f() returns trigger'),
  body('declare r record; begin for r.x in select 1 loop null; end loop; end'),
  body('begin return; end'),
  body('begin return; end', 'f(out a int)'),
  body('begin return query select 1; return; end', 'f() returns setof int'),
  body('begin return (1, 2); end', 'f() returns record'),
  body('begin return null; end', 'f() returns trigger'),
  body('begin return; end', 'f() returns event_trigger'),
  body('declare x alias for $1; begin x := 1; end', 'f(int) returns void'),
  body('declare a int; begin a := 1; end', 'f(a int) returns void'),
  body('declare x int; y x%type; z t.a%type; w t%rowtype; v mood; u mood[]; begin null; end'),
  body('declare x only_there%rowtype; begin null; end', 'f() returns void set search_path = app'),
  body('declare c constant record := row(1); begin null; end'),
  'create procedure f() language plpgsql as $$ begin return; end $$',
  'set check_function_bodies = off; create function f() returns void language plpgsql as $$ begin x := 1; end $$',
  'do $$ declare r record; begin for r in select 1 loop null; end loop; return; end $$',
];

describe('what PL/pgSQL does not compile', () => {
  test.each(REFUSED)('%s', async (sql) => {
    const server = (await serverError(embedded.database, SETUP, sql))?.message;
    expect(server).toBeDefined();
    const replayed = (await replayError(sql)) ?? '';
    if (replayed.startsWith('unknownObject ')) expect(server).toContain('does not exist');
    else expect(replayed).toBe(`refused ${server}`);
  });
});

describe('what it compiles', () => {
  test.each(ACCEPTED)('%s', async (sql) => {
    expect(await serverError(embedded.database, SETUP, sql)).toBeNull();
    expect(await replayError(sql)).toBeNull();
  });
});
