import { describe, expect, test } from 'vitest';
import { conditionOf } from '../../src/sources/migrations/do-block/conditions.ts';
import { problemsOf, replaySql } from './replay-sql.ts';
import { serverError, serverForTests } from './server.ts';

// What Postgres refuses, replay refuses, and in the same words; what it accepts, replay accepts.

const embedded = serverForTests('postgres');

const TABLES = `
create table t (id int primary key, a int, b text default 'x', c uuid, unique (a));
create table u (id int primary key, t_id int references t, note text);
create view v as select a from t;
`;

/** The second takes all calls that the first takes. */
const TWO = `create function two(a uuid, b text) returns boolean language sql as 'select true';
create function two(a uuid, b text, d int default 1) returns boolean language sql as 'select true'`;

/** Refused by the server with a message that replay's begins with too. */
const REFUSED: readonly string[] = [
  // Columns
  'create table x (a int, a int)',
  'create table x (a int default 1 default 2)',
  'create table x (a serial default 2)',
  'create table x (a int null not null)',
  'create table x (a serial null)',
  'create table x (a serial[])',
  'create table x (a text generated always as identity)',
  'create table x (a int generated always as identity default 1)',
  'create table x (a int default 1 generated always as (2) stored)',
  "create table x (a timestamptz, b text generated always as (to_char(a, 'YYYY')) stored)",
  'create table x (a int, primary key (a), primary key (a))',
  'create table x (a int primary key, b int primary key)',
  'alter table t add column a int',
  // Calls that two functions take alike
  `${TWO}; create policy p on t using (two(c, 'x'))`,
  `${TWO}; create view w as select two(c, b) from t`,
  `${TWO}; create view w as select two(a => c, b => b) from t`,
  `${TWO}; create function g() returns boolean language sql as $$ select two(null::uuid, 'x') $$`,
  'create publication p for table t; alter publication p add table t',
  'do $$ begin alter table t add primary key (a); exception when duplicate_object then null; end $$',
  'create function f() returns int language sql as $$ select 1 $$; create or replace function f() returns text language sql as $$ select null::text $$',
  'create or replace view v as select b as a from t',
  'create or replace view v as select b from t',
  "create type e as enum ('x'); create table x (e e default 'y')",
  "create type e as enum ('x'); create table x (a int, e e); create view y as select * from x where e = 'y'",
  "create table x (a int default 'x'::text)",
  // Types that do not fit
  'create table x (a int, b text, check (a = b))',
  'create table x (a int, b text, c uuid, check (a > 1 and c = b))',
  'create policy p on t using (c = b)',
  'create policy p on t using (exists (select from u where u.note = t.c))',
  'create policy p on t for insert with check (b = any (array[1, 2]))',
  'create view w as select * from t where c = b',
  'create view w as select coalesce(a, b) from t',
  'create view w as select case when true then a else c end from t',
  'create view w as select a from t union select b from t',
  'create view w as select * from t join u on u.note',
  'create index i on t (a) where b > a',
  'create materialized view w as select * from t where a',
  'create trigger g before update on t for each row when (new.b = new.a) execute function suppress_redundant_updates_trigger()',
  'insert into t (id, c) select 1, b from t',
  // Columns without a value
  "insert into t (b) values ('x')",
  'insert into t values (null, 1)',
  'insert into t default values',
  'insert into t (id) values (1), (null)',
  "insert into t (b) select 'x'",
  "do $$ begin insert into t (b) values ('x'); end $$",
  // What ON CONFLICT wants
  'insert into t (id) values (1) on conflict (b) do nothing',
  'insert into t (id) values (1) on conflict (id, a) do update set b = $$y$$',
  'create unique index i on t (b) where a > 1; insert into t (id) values (1) on conflict (b) do nothing',
  'create index i on t (b); insert into t (id) values (1) on conflict (b) do nothing',
  'insert into t (id) values (1) on conflict on constraint nothing do nothing',
  'insert into t (id, c) values (1, now())',
  'update t set c = b',
  'update t set a = 1 where c = b',
  'delete from t where a = b',
  "create function f(x text) returns bigint language sql as 'select count(*) from t where c = x'",
  "create function f(x text) returns bigint language sql as 'select count(*) from t where c = $1'",
  'do $$ begin create view w as select * from t where c = b; end $$',
  'alter table t drop column id cascade; alter table t drop column id',
  'alter table t drop column a',
  'alter table t rename column a to b',
  'alter table t alter a type text',
  'alter table t alter c type int',
  'alter table t alter b type int using 1',
  'alter table t alter id drop not null',
  'alter table t alter a add generated always as identity',
  'alter table t alter a set expression as (1)',
  'create table x (a int, b int generated always as (a) stored, c int generated always as (b + 1) stored)',
  'create table x (a int, b int generated always as (a) stored); alter table x alter b set expression as (b + 1)',
  'create table x (a int, b int generated always as (a) stored); alter table x add c int generated always as (b) stored',
  'alter table t alter a drop expression',
  'alter table t alter a drop identity',
  'create table x (a int generated always as identity); alter table x alter a set default 3',
  'create table x (a int generated always as identity); alter table x alter a drop not null',
  'create table x (a int, b int generated always as (a) stored); alter table x alter a type bigint',
  'create table x (a int, b int generated always as (a) stored); alter table x drop column a',
  'create policy p on u using (t_id > 1); alter table u alter t_id type bigint',
  'create policy p on u using (t_id > 1); alter table u drop column t_id',
  // Keys
  'alter table t add primary key (a)',
  'alter table t add constraint t_a_key unique (b)',
  'alter table u add foreign key (t_id) references t (b)',
  'alter table u add foreign key (t_id, id) references t',
  'alter table u add foreign key (note) references t',
  'alter table u add foreign key (t_id) references v',
  'alter table u add foreign key (t_id) references t (c)',
  'create table x (a int); alter table u add foreign key (t_id) references x',
  'create table x (a int unique deferrable); alter table u add foreign key (t_id) references x (a)',
  'create table x (a int); create unique index on x (a) where a > 1; alter table u add foreign key (t_id) references x (a)',
  'alter table t drop constraint t_pkey',
  'alter table t validate constraint t_pkey',
  'alter table t alter constraint t_pkey deferrable',
  'alter table t add constraint k unique using index t_a_key',
  'create index i on t (c); alter table t add constraint k unique using index i',
  'create unique index i on t (c) where a > 1; alter table t add constraint k unique using index i',
  // Indexes
  'create index t_a_key on t (b)',
  'create index on t using gin (b)',
  'create index on t using gist (a)',
  'create table x (a numeric references t (a))',
  'create index on t using brin (a) include (b)',
  'create unique index on t using hash (a)',
  'create index on t using hash (a, b)',
  'create index on t using brin (a desc)',
  'create index on t (now())',
  'create index on t (a) where b < current_date::text',
  'create table x (j json); create index on x (j)',
  'create table x (j json unique)',
  'drop index t_pkey',
  'create index on v (a)',
  // Tables
  'create table t (id int)',
  'create table v (id int)',
  "create type x as enum ('a'); create table x (id int)",
  'drop table t',
  'drop table v',
  'drop view t',
  'alter view t rename to tt',
  'alter table t rename to u',
  'alter table u rename constraint u_pkey to u_t_id_fkey',
  'drop sequence t',
  'create table x (a serial); drop sequence x_a_seq',
  'create table x (a int generated always as identity); drop sequence x_a_seq',
  'create schema s; create table s.x (); drop schema s',
  'create schema s; create table s.t (); alter table t set schema s',
  "create type x as enum ('a'); create table y (x x); drop type x",
  'create function f(int) returns int language sql as $$ select 1 $$; create function f(text) returns int language sql as $$ select 1 $$; drop function f',
  'create role r; grant select on t to r; drop role r',
  // Sequences
  'create sequence s increment 0',
  'create sequence s minvalue 5 maxvalue 3',
  'create sequence s start 0',
  'create sequence s as smallint maxvalue 40000',
  'create sequence s as text',
  // Inheritance and partitions
  'create table x () inherits (t); alter table x drop column a',
  'create table x () inherits (t); alter table x rename column c to cc',
  'create table x () inherits (t); alter table only t rename column c to cc',
  'create table x () inherits (t); alter table only t add column z int',
  'create table x () inherits (t); drop table t cascade; drop table x',
  'create table x (a text) inherits (t)',
  'create table x (a int default 1); create table y (a int default 2); create table z () inherits (x, y)',
  'create table x (a int); alter table x inherit t',
  'create table x partition of t for values in (1)',
  'create table x (a int, b int) partition by list (a); alter table x add primary key (b)',
  'create table x (a int) partition by list (a); create table y partition of x for values from (1) to (2)',
  'create table x (a int) partition by list (a); alter table x drop column a',
  'create table x (a int) partition by list (a); alter table x alter a type text',
  'create table x (a int) partition by list (a); create table y partition of x for values in (1); alter table y add column b int',
  'create table x (a int) partition by list (a); create table y (a text); alter table x attach partition y for values in (1)',
  'create table x (a int primary key) partition by list (a); create table y partition of x for values in (1); drop index y_pkey',
  'create table x (a int primary key) partition by list (a); create table y partition of x for values in (1); create table z (a int references x); drop table y',
  'alter table t replica identity using index t_a_key',
];

/** The nearest that the server accepts. */
const ACCEPTED: readonly string[] = [
  `${TWO}; create view w as select two(c, b, null) from t`,
  `${TWO}; drop function two(uuid, text); create policy p on t using (two(c, 'x'))`,
  "create schema s; create function s.f(a int) returns int language sql as 'select 1'; create function f(a int, b int default 1) returns int language sql as 'select 1'; set search_path = s, public; create view w as select f(1) as x",
  "create function f(a int) returns int language sql as 'select 1'; create function f(a bigint, b int default 1) returns int language sql as 'select 1'; create view w as select f(1) as x",
  'insert into t (id) values (1) on conflict do nothing',
  'insert into t (a) select 1 where false',
  'insert into t (a) select 1 limit 0',
  'insert into t (a) select unnest(array[]::int[])',
  'insert into t (id, b) values (1, null), (2, default)',
  'create table x (id int generated always as identity primary key, n int not null default 1); insert into x default values',
  'create domain d as int default 1; create table x (n d not null); insert into x default values',
  'create function f() returns trigger language plpgsql as $$ begin new.id := 1; return new; end $$; create trigger g before insert on t for each row execute function f(); insert into t (a) values (1)',
  'insert into t (id) values (1) on conflict (a) do nothing',
  'insert into t (id) values (1) on conflict on constraint t_a_key do nothing',
  'create unique index i on t (b, a); insert into t (id) values (1) on conflict (a, b) do nothing',
  'create unique index i on t (b) where a > 1; insert into t (id) values (1) on conflict (b) where a > 1 do nothing',
  'create unique index i on t (lower(b)); insert into t (id) values (1) on conflict (lower(b)) do nothing',
  'create table p (id int, k int, unique (id, k)) partition by list (k); insert into p select where false on conflict (id, k) do nothing',
  'create table x (a int not null, b int null, c int default 1 check (c > 0))',
  'do $$ begin create publication p for table t; alter publication p add table t; exception when duplicate_object then null; end $$',
  'do $$ begin create view w as select * from t where c = b; exception when undefined_function then null; end $$',
  'create view w as select * from t where c::text = b and id in (select t_id from u)',
  'create table x (a int unique primary key unique)',
  'alter table u add foreign key (t_id) references t (a)',
  'create table x (a bigint references t)',
  'create table x (a varchar(3) primary key); create table y (a text references x)',
  'alter table t add column if not exists a int',
  'alter table t drop column if exists zz',
  'alter table t drop column c',
  'alter table t drop column a cascade',
  'alter table u alter t_id type bigint',
  'alter table u alter note type varchar(5)',
  'alter table u alter note type int using note::int',
  'alter table t alter c type text',
  'alter table t alter a drop not null',
  'alter table t add check (a > 1), add column z int, drop column c, alter b set default null',
  'alter table t add constraint positive check (z > 0), add column z int',
  'alter table u drop constraint u_pkey',
  'alter table t drop constraint t_pkey cascade',
  "create index on t using gin (to_tsvector('english', b))",
  'create index on t using hash (b)',
  'create index on t using brin (a)',
  'create index on t using spgist (b)',
  "create index on t (lower(b), (a + 1)) include (c) where b <> ''",
  'create index if not exists t_a_key on t (b)',
  'create table if not exists t (id text)',
  'create unique index i on t (c); alter table t add constraint k unique using index i',
  'drop table u, t cascade',
  'drop view v; drop table u; drop table t',
  'drop table if exists nothing',
  'drop index if exists nothing',
  'alter table if exists nothing add column a int',
  'alter table t rename to tt; alter table tt rename to t',
  'alter table t replica identity full',
  'create schema s; create table s.x (id serial); alter schema s rename to r; select * from r.x',
  'create table x () inherits (t); alter table t rename column c to cc; alter table t drop column cc',
  'create table x () inherits (t); alter table x add column own int; alter table x drop column own',
  'create table x (a int, b int) partition by list (a); alter table x add primary key (a, b)',
  'create table x (a int primary key) partition by list (a); create table y (a int not null); alter table x attach partition y for values in (1); alter table x detach partition y',
  'create sequence s as smallint increment -1 cycle; alter sequence s as integer; drop sequence s',
  'create table x (a serial); alter table x alter a drop default; drop sequence x_a_seq',
  'create table x (a int generated always as identity); alter table x alter a drop identity, alter a set default 3',
  "create type x as enum ('a'); create table y (x x); drop table y; drop type x",
  'create temp table x (id int primary key); create index on x (id); drop table x',
  'create table x (a int primary key) partition by list (a); create table y partition of x for values in (1); create table z (a int references x); drop table y, z',
];

async function replayError(setup: string, sql: string): Promise<{ said: string; condition: string | null } | null> {
  const before = problemsOf(await replaySql(setup));
  expect(before).toEqual([]);
  const reading = await replaySql(`${setup};\n${sql}`);
  const [said] = problemsOf(reading);
  const failed = reading.journal.find((change) => change.type === 'failed');
  return said === undefined
    ? null
    : { said, condition: failed?.type === 'failed' ? conditionOf(failed.problem) : null };
}

/** SQLSTATEs of the conditions that replay tells apart (docs, appendix A). */
const CODES: Readonly<Record<string, string>> = {
  dependent_objects_still_exist: '2BP01',
  duplicate_object: '42710',
  duplicate_table: '42P07',
  duplicate_column: '42701',
  duplicate_function: '42723',
  duplicate_schema: '42P06',
  undefined_table: '42P01',
  undefined_column: '42703',
  undefined_function: '42883',
  undefined_object: '42704',
  invalid_schema_name: '3F000',
  datatype_mismatch: '42804',
  invalid_text_representation: '22P02',
  invalid_column_reference: '42P10',
  not_null_violation: '23502',
  foreign_key_violation: '23503',
  invalid_table_definition: '42P16',
  invalid_function_definition: '42P13',
};

describe('what Postgres refuses, in its words', () => {
  test.each(REFUSED)('%s', async (sql) => {
    const server = await serverError(embedded.database, TABLES, sql);
    const replayed = await replayError(TABLES, sql);
    if (server === null || replayed === null) throw new Error(`${server?.message} against ${replayed?.said}`);
    // Postgres shows names without a schema that is on the search_path.
    if (replayed.said.startsWith('refused ')) expect(replayed.said.replaceAll('public.', '')).toContain(server.message);
    if (replayed.condition !== null) expect(CODES[replayed.condition]).toBe(server.code);
  });
});

describe('what Postgres accepts', () => {
  test.each(ACCEPTED)('%s', async (sql) => {
    expect(await serverError(embedded.database, TABLES, sql)).toBeNull();
    expect(await replayError(TABLES, sql)).toBeNull();
  });
});
