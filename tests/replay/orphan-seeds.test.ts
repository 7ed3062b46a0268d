import { describe, expect, test } from 'vitest';
import { problemsOf, replaySql } from './replay-sql.ts';
import { serverError, serverForTests } from './server.ts';

// Rows that refer to what no database made by the files can hold.

const embedded = serverForTests('supabase');

const SETUP = `
create table parents (id int primary key, kind text unique);
create table children (id int primary key, parent_id int references parents, kind text references parents (kind), note text);
create table members (user_id uuid primary key references auth.users);
create table later (id int primary key, parent_id int references parents deferrable);
create table unasked (id int primary key, parent_id int references parents not enforced);
create table parts (id int, name text, primary key (id, name));
create table pairs (id int primary key, a int, b text, foreign key (a, b) references parts);`;

describe('refused, in the words of the server', () => {
  test.each([
    'insert into children (id, parent_id) values (1, 1)',
    'insert into children values (1, null), (2, 7)',
    'insert into children values (1, 1) on conflict do nothing',
    'insert into children values (1, 1) on conflict (id) do update set note = excluded.note',
    "insert into children (id, kind, parent_id) values (1, 'x', null), (2, 'x', 2)",
    "insert into public.members values ('00000000-0000-0000-0000-0000000000a1'::uuid) on conflict (user_id) do nothing",
    "insert into pairs values (1, 1, null), (2, 1, 'x')",
    'update parents set id = 2; insert into children (id, parent_id) values (1, -1)',
    'do $$ declare n int; begin select count(*) into n from parents; end $$; insert into children values (1, 1)',
    "comment on table parents is 'what goes into it'; insert into children values (1, 1)",
  ])('%s', async (sql) => {
    const server = await serverError(embedded.database, SETUP, sql);
    expect(problemsOf(await replaySql(`${SETUP} ${sql};`, { platform: 'supabase' }))).toEqual([
      `refused ${server?.message}`,
    ]);
  });
});

describe('not decided', () => {
  test.each([
    'insert into children values (1, null)',
    "insert into children (id, note) values (1, 'x')",
    'insert into children values (1, (select max(id) from parents))',
    'insert into children select 1, 1',
    'insert into later values (1, 1)',
    'insert into unasked values (1, 1)',
    'insert into pairs values (1, 1, null)',
    'insert into PUBLIC.parents values (1); insert into children values (1, 1)',
    'insert /* one */ into -- of these\n "parents" values (1); insert into children values (1, 1)',
    "do $$ begin execute format('insert into %I values (1)', 'parents'); end $$; insert into children values (1, 1)",
    "do $$ begin execute 'insert into public.' || 'parents' || ' values (1)'; end $$; insert into children values (1, 1)",
    "do $$ declare t text := 'parents'; begin execute 'insert into ' || t || ' values (1)'; end $$; insert into children values (1, 1)",
    'create function f() returns void language sql as $$ insert into parents values (1) $$; do $$ begin perform f(); end $$; insert into children values (1, 1)',
    'merge into parents using (values (1)) v (id) on false when not matched then insert (id) values (v.id); insert into children values (1, 1)',
    'set session_replication_role = replica; insert into children values (1, 1)',
    'alter table children disable trigger all; insert into children values (1, 1)',
    'create table one (n int); insert into children values (1, null); insert into children values (1, 1) on conflict do nothing',
    'insert into children values (1, null), (1, 1) on conflict do nothing',
    'with p as (insert into parents values (1)) insert into children values (1, 1)',
    "insert into auth.users (id) values ('00000000-0000-0000-0000-0000000000a1'); insert into members values ('00000000-0000-0000-0000-0000000000a1')",
    'create rule r as on insert to children do instead nothing; insert into children values (1, 1)',
    'do $$ begin insert into children values (1, 1); exception when foreign_key_violation then null; end $$',
  ])('%s', async (sql) => {
    expect(problemsOf(await replaySql(`${SETUP} ${sql};`, { platform: 'supabase' }))).toEqual([]);
  });

  test('rows of an earlier file', async () => {
    const files = [SETUP, 'copy parents from stdin;', 'insert into children values (1, 1);'];
    expect(problemsOf(await replaySql(files, { platform: 'supabase' }))).toEqual([]);
  });
});
