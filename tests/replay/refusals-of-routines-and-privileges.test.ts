import { describe, expect, test } from 'vitest';
import { problemsOf, replaySql } from './replay-sql.ts';
import { serverError, serverForTests } from './server.ts';

// Functions, views, policies, triggers, types, privileges: what Postgres refuses, replay refuses, in the same words.

const embedded = serverForTests('postgres');

const SETUP = `
create table t (id int primary key, a int, b text default 'x', c uuid);
create view v as select a, b from t;
create type mood as enum ('sad', 'ok');
create type pair as (x int, y int);
create domain positive as int check (value > 0);
create function f(a int, b text default 'x') returns int language sql as 'select 1';
create function g() returns trigger language plpgsql as 'begin return new; end';
create function evt() returns event_trigger language plpgsql as 'begin end';
create procedure pr(a int) language sql as 'select 1';
create policy p on t using (a > 0);
create policy ins on t for insert with check (true);
create trigger tr before insert on t for each row execute function g();
create role alice;
create publication pub for table t;
create publication everything for all tables;
create materialized view m as select 1 as one;
`;

/** Refused by the server with a message that replay's begins with too. */
const REFUSED: readonly string[] = [
  'create function x() returns int language plpgsql as $$ select 1; $$',
  'create function x() returns int language plpgsql as $$ begin selec 1; return 2; end $$',
  'create function x() returns int language sql as $$ select 1; selec 2; $$',
  'create function x(a anyelement) returns int language sql as $$ selec 1 $$',
  // Functions
  'create function f(a int, b text) returns int language sql as $$ select 1 $$',
  'create or replace function f(a int, b text default null) returns text language sql as $$ select null $$',
  'create or replace function f(z int, b text default null) returns int language sql as $$ select 1 $$',
  'create or replace function f(a int, b text) returns int language sql as $$ select 1 $$',
  'create or replace procedure f(a int, b text) language sql as $$ select 1 $$',
  'create function x() language sql as $$ select 1 $$',
  'create function x() returns int as $$ select 1 $$',
  'create function x() returns int language sql',
  'create function x() returns int language nothing as $$ $$',
  'create function x() returns nothing language sql as $$ select 1 $$',
  'create function x(a int default 1, b int) returns int language sql as $$ select 1 $$',
  'create function x() returns int parallel sometimes language sql as $$ select 1 $$',
  'create function x() returns int language sql as $$ select a from nothing $$',
  'create function x() returns int language sql as $$ select nothing from t $$',
  'create function x() returns int language sql as $$ select nothing() $$',
  "create function x() returns mood language sql as $$ select 'happy'::mood $$",
  'create function x() returns int language sql begin atomic select nothing from t; end',
  "create function x(a int, out b int, out c text) language sql as $$ select 1, 'x' $$; create or replace function x(a int, out b int, out d text) language sql as $$ select 1, 'x' $$",
  'create function f(text) returns int language sql as $$ select 1 $$; alter function f stable',
  'alter function nothing() stable',
  'alter function f(int) stable',
  'alter procedure nothing() security definer',
  'create aggregate total (int) (sfunc = int4pl, stype = int); create aggregate total (int) (sfunc = int4pl, stype = int)',
  // Views
  'create view v as select 1 as x',
  'create view t as select 1 as x',
  'create or replace view t as select 1 as x',
  'create or replace view v as select a from t',
  'create or replace view v as select b, a from t',
  'create or replace view v as select a::text, b from t',
  'create view x as select 1 as a, 2 as a',
  'create view x (a, b, c) as select 1, 2',
  'create view x as select nothing from t',
  'create view x as select * from nothing',
  'create materialized view m as select 1 as x',
  'create materialized view if not exists m as select nothing from nowhere',
  'refresh materialized view t',
  'refresh materialized view v',
  'refresh materialized view nothing',
  // Policies
  'create policy p on t using (true)',
  'create policy x on t for insert using (true)',
  'create policy x on t for select with check (true)',
  'create policy x on t for delete with check (true)',
  'create policy x on v using (true)',
  'create policy x on nothing using (true)',
  'create policy x on t using (nothing = 1)',
  'create policy x on t to nobody using (true)',
  'alter policy nothing on t using (true)',
  'alter policy ins on t using (true)',
  "create table y (m mood); create policy x on y using (m = 'happy')",
  // Triggers
  'create trigger tr before insert on t for each row execute function g()',
  'create trigger x before insert on t for each row execute function nothing()',
  'create trigger x before insert on t for each row execute function f()',
  'create function h() returns int language sql as $$ select 1 $$; create trigger x before insert on t for each row execute function h()',
  'create trigger x instead of insert on t for each row execute function g()',
  'create trigger x before insert on v for each row execute function g()',
  'create trigger x instead of insert on v execute function g()',
  'create trigger x before update of nothing on t for each row execute function g()',
  'create trigger x before update on t for each row when (new.nothing > 1) execute function g()',
  'create event trigger x on ddl_command_end execute function g()',
  'create event trigger x on ddl_command_end execute function evt(); create event trigger x on ddl_command_end execute function evt()',
  // Types
  "create type mood as enum ('x')",
  "create type t as enum ('x')",
  "create type x as enum ('a', 'a')",
  "alter type mood add value 'ok'",
  "alter type mood add value 'x' before 'nothing'",
  "alter type mood rename value 'nothing' to 'x'",
  "alter type mood rename value 'ok' to 'sad'",
  "alter type nothing add value 'x'",
  "alter type pair add value 'x'",
  'alter type pair add attribute x int',
  'alter type pair drop attribute nothing',
  'create table x (p pair); alter type pair alter attribute x type bigint',
  'create domain positive as int',
  'create domain x as int not null null',
  'create domain x as nothing',
  'alter domain positive add constraint positive_check check (value < 9)',
  'alter domain positive drop constraint nothing',
  'alter domain positive validate constraint nothing',
  'alter domain nothing set not null',
  'alter domain mood set not null',
  // Privileges and roles
  'grant select on nothing to alice',
  'grant select on t to nobody',
  'grant execute on t to alice',
  'grant usage on t to alice',
  'grant select (nothing) on t to alice',
  'grant delete (a) on t to alice',
  'grant select on t to public with grant option',
  'grant execute on function nothing() to alice',
  'grant usage on sequence t to alice',
  'grant usage on schema nothing to alice',
  'grant usage on type nothing to alice',
  'grant select on all tables in schema nothing to alice',
  'grant nothing to alice',
  'grant alice to nobody',
  'alter default privileges in schema nothing grant select on tables to alice',
  'alter default privileges in schema public grant usage on schemas to alice',
  'alter default privileges for role nobody grant select on tables to alice',
  'create role alice',
  'create role pg_thing',
  'alter role nobody login',
  'drop role nobody',
  'grant select on t to alice; drop role alice',
  // The rest
  'create schema public',
  'create extension plpgsql',
  'create extension earthdistance',
  'comment on table nothing is $$x$$',
  'comment on table v is $$x$$',
  'comment on column t.nothing is $$x$$',
  'comment on function nothing() is $$x$$',
  'comment on constraint nothing on t is $$x$$',
  'comment on policy nothing on t is $$x$$',
  'create publication pub',
  'create publication x for table v',
  'alter publication pub drop tables in schema public',
  'create publication x for tables in schema public; alter publication x add tables in schema public',
  'create publication x with (nothing = 1)',
  'alter publication pub add table t',
  'create table y (); alter publication pub drop table y',
  'alter publication everything add table t',
  'alter publication nothing add table t',
  'create statistics s on a from t',
  'create statistics s on a, nothing from t',
  'create statistics s on a, b from t; create statistics s on a, b from t',
  'create cast (pair as text) with inout; create cast (pair as text) with inout',
  'create server s foreign data wrapper nothing',
  'insert into nothing values (1)',
  'insert into t (nothing) values (1)',
  'update t set nothing = 1',
  'delete from nothing',
  'truncate nothing',
  'select nothing from t',
  'select nothing()',
  "set search_path = ''; create table x (a int)",
];

/** What Postgres runs, near to what it refuses. */
const ACCEPTED: readonly string[] = [
  'create or replace function f(a int, b text default null) returns int language plpgsql as $$ begin return 2; end $$',
  'create or replace function f(a int, b text default null, c int default 1) returns int language sql as $$ select 1 $$',
  'create function x(int) returns int language sql as $$ select 1 $$; create or replace function x(a int) returns int language sql as $$ select 1 $$',
  'create function f(text) returns int language sql as $$ select 1 $$; alter function f(text) stable',
  'create function x() returns int language plpgsql as $$ begin return (select nothing from nowhere); end $$',
  'set check_function_bodies = off; create function x() returns int language plpgsql as $$ select 1; $$',
  'set check_function_bodies = off; create function x() returns int language sql as $$ select nothing from nowhere $$',
  'create function x(n text) returns bigint language sql as $$ select count(*) from t where b = n or t.id = $1::int or x.n = b $$',
  'create schema s; create table s.only_here (a int); create function x() returns int language sql set search_path = s as $$ select a from only_here $$',
  'create function x(a anyelement) returns int language sql as $$ select nothing from nowhere $$',
  'create or replace view v as select a, b, c from t',
  'create or replace view v with (security_invoker) as select a, b from t where a > 1',
  'create materialized view if not exists m as select 2 as other',
  'refresh materialized view m with no data',
  'create policy x on t to public, alice using (true)',
  'alter policy p on t to alice',
  'alter policy ins on t with check (a > 1)',
  'create or replace trigger tr after update on t for each row when (old.a is distinct from new.a) execute function g()',
  'create trigger x instead of update on v for each row execute function g()',
  'create trigger x after truncate on t execute function g()',
  'create trigger x after update on t referencing old table as o new table as n for each statement execute function g()',
  'create event trigger x on ddl_command_end when tag in ($$CREATE TABLE$$) execute function evt()',
  "alter type mood add value if not exists 'ok'",
  'alter type pair drop attribute if exists nothing',
  'create table x (p pair); alter type pair add attribute z int',
  'alter domain positive drop constraint if exists nothing',
  'alter domain positive add check (value < 9) not valid; alter domain positive validate constraint positive_check1',
  'revoke all on t from alice',
  'create sequence s; grant usage, select on s to alice; grant all on table s to alice',
  'grant all on all tables in schema public to alice',
  'grant execute on all functions in schema public to alice; grant execute on routine pr(int) to alice',
  'grant select (a), update (b) on t to alice with grant option',
  'grant alice to current_user with inherit false; revoke alice from current_user',
  'alter default privileges grant usage on schemas to alice',
  'create role x in role alice; drop role x; drop role alice',
  'create schema if not exists public',
  'create schema s create view w as select * from u create table u (a int) grant select on u to alice',
  'create extension if not exists plpgsql with schema public',
  'create extension earthdistance cascade',
  'alter publication pub set table t (id, a) where (a > 1)',
  'create statistics s on (a + 1) from t',
  'comment on column v.a is $$x$$',
  'comment on function f is $$x$$',
  'insert into t (id, a) select a, count(*) from v group by a',
  'select count(*) from t where exists (select from v where v.a = t.a)',
  'begin; create table gone (a int); rollback; create table gone (b int)',
];

async function replayError(sql: string): Promise<string | null> {
  return problemsOf(await replaySql(`${SETUP};\n${sql}`))[0] ?? null;
}

test('the objects they are about', async () => {
  expect(problemsOf(await replaySql(SETUP))).toEqual([]);
});

describe('what Postgres refuses, in its words', () => {
  test.each(REFUSED)('%s', async (sql) => {
    const server = (await serverError(embedded.database, SETUP, sql))?.message;
    expect(server).toBeDefined();
    const replayed = await replayError(sql);
    expect(replayed).not.toBeNull();
    // Postgres shows names without a schema that is on the search_path.
    if (replayed?.startsWith('refused ')) expect(replayed.replaceAll('public.', '')).toContain(server);
  });
});

describe('what Postgres accepts', () => {
  test.each(ACCEPTED)('%s', async (sql) => {
    expect(await serverError(embedded.database, SETUP, sql)).toBeNull();
    expect(await replayError(sql)).toBeNull();
  });
});
