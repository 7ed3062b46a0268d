import { expect, test } from 'vitest';
import { replaySql } from './replay-sql.ts';

const LISTED = `create temp table list (name text);
insert into list values ('one'), ('two');
create table public.kept (name text);
create function public.cleared() returns integer language plpgsql as $$ begin delete from list; return 1; end $$;`;

const MAKES_THEM = `do $$
declare r record;
begin
  for r in select name from list loop
    execute format('create table public.%I (id int)', r.name);
  end loop;
end $$;`;

/** Does the replay take the rows for those that were listed at first? */
async function isTakenForKnown(between: string, listed = LISTED): Promise<boolean> {
  const { graph } = await replaySql(`${listed}\n${between}\n${MAKES_THEM}`);
  return graph.relation({ schema: 'public', name: 'one' }) !== undefined;
}

test.each([
  'select 1;',
  "with more as (select 'three') insert into public.kept select * from more;",
  'create policy kept on public.kept using (public.cleared() = 1);',
  'alter table public.kept add column more text;',
  'create trigger kept before insert on public.kept for each row execute function public.cleared();',
  "do $$ begin delete from list; raise exception 'no'; end $$;",
])('known behind %s', async (between) => {
  expect(await isTakenForKnown(between)).toBe(true);
});

test.each([
  "with more as (insert into list values ('three') returning name) select * from more;",
  'with gone as (delete from list returning name) insert into public.kept select name from gone;',
  'do $$ declare r record; begin for r in delete from list returning name loop null; end loop; end $$;',
  'do $$ declare n text; begin with g as (delete from list returning name) select name into n from g; end $$;',
  'do $$ declare n integer := public.cleared(); begin null; end $$;',
  'do $$ begin if public.cleared() = 1 then null; end if; end $$;',
  'insert into public.kept values (public.cleared());',
  "alter table list alter column name type text using 'x_' || name;",
  'create temp table part () inherits (list);',
  'truncate list;',
  `create function public.emptied() returns trigger language plpgsql as $$ begin delete from list; return new; end $$;
create trigger emptied after insert on public.kept for each row execute function public.emptied();
insert into public.kept values ('a');`,
])('not known behind %s', async (between) => {
  expect(await isTakenForKnown(between)).toBe(false);
});

test.each([
  'create temp table list (name text) on commit delete rows;',
  'create temp table list (name char(5));',
  'create temp table list (name jsonb);',
])('not known of %s', async (table) => {
  expect(await isTakenForKnown('', `${table}\ninsert into list values ('one');`)).toBe(false);
});

test('what the server numbers or works out is not NULL', async () => {
  const { graph } = await replaySql(`create temp table list (
  n integer generated always as identity,
  name text,
  longer text generated always as ('x' || name) stored
);
insert into list (name) values ('one');
do $$
declare r record;
begin
  for r in select * from list loop
    if r.n is null or r.longer is null then create table public.never (id int); end if;
  end loop;
end $$;`);
  expect(graph.relation({ schema: 'public', name: 'never' })).toBeUndefined();
});
