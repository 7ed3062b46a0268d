import { expect, test } from 'vitest';
import { problemsOf, replaySql } from './replay-sql.ts';

// Rows of storage.buckets decide who may read files: they are part of a Supabase schema.

async function buckets(sql: string) {
  const reading = await replaySql(sql, { platform: 'supabase' });
  const found = [...reading.graph.ofKind('bucket')].map((each) => `${each.name} ${each.isPublic}`);
  return { found, problems: problemsOf(reading), notUnderstood: reading.notUnderstood.map((each) => each.what) };
}

const TWO = `insert into storage.buckets (id, name, public) values ('a', 'a', true), ('b', 'b', false);`;

test.each([
  ['rows', TWO, ['a true', 'b false']],
  ['no public column', `insert into storage.buckets (id, name) values ('a', 'a')`, ['a false']],
  ['a computed value', `insert into storage.buckets (id, name, public) values ('a', 'a', 1 > 0)`, ['a null']],
  ['a cast', `insert into storage.buckets (id, name, public) values ('a', 'a', 'yes'::boolean)`, ['a true']],
  [
    'once, by a guard',
    `${TWO} insert into storage.buckets (id, name, public) select 'a', 'a', false where not exists (select 1 from storage.buckets where id = 'a');`,
    ['a true', 'b false'],
  ],
  [
    'conflict: nothing',
    `${TWO} insert into storage.buckets (id, name, public) values ('a', 'a', false) on conflict do nothing`,
    ['a true', 'b false'],
  ],
  [
    'conflict: the new value',
    `${TWO} insert into storage.buckets (id, name, public) values ('a', 'a', false) on conflict (id) do update set public = excluded.public`,
    ['a false', 'b false'],
  ],
  [
    'conflict: another fact',
    `${TWO} insert into storage.buckets (id, name, public) values ('a', 'x', false) on conflict (id) do update set name = excluded.name`,
    ['a true', 'b false'],
  ],
  ['update of one', `${TWO} update storage.buckets set public = false where id = 'a'`, ['a false', 'b false']],
  ['update of some', `${TWO} update storage.buckets set public = true where name in ('a', 'b')`, ['a true', 'b true']],
  ['update of all', `${TWO} update storage.buckets set public = true`, ['a true', 'b true']],
  [
    'update of who knows which',
    `${TWO} update storage.buckets set public = true where created_at < now()`,
    ['a true', 'b null'],
  ],
  [
    'update of something else',
    `${TWO} update storage.buckets set file_size_limit = 5 where id = 'a'`,
    ['a true', 'b false'],
  ],
  ['delete', `${TWO} delete from storage.buckets where id = 'a'`, ['b false']],
  ['in a DO block', `do $$ begin ${TWO} exception when others then null; end $$`, ['a true', 'b false']],
  [
    'a table of that name elsewhere',
    `create table public.buckets (id text, public boolean); insert into public.buckets values ('a', true)`,
    [],
  ],
])('%s', async (_, sql, expected) => {
  const { found, problems, notUnderstood } = await buckets(sql);
  expect(found).toEqual(expected);
  expect(problems).toEqual([]);
  expect(notUnderstood).toEqual([]);
});

test('the same bucket twice is an error, as of any key', async () => {
  const { problems } = await buckets(`${TWO} insert into storage.buckets (id, name) values ('a', 'a')`);
  expect(problems).toEqual(['refused duplicate key value violates unique constraint "buckets_pkey"']);
});

test('buckets made of other rows are not known', async () => {
  const { found, notUnderstood } = await buckets(
    `create table names (n text); insert into storage.buckets (id, name) select n, n from names`,
  );
  expect(found).toEqual([]);
  expect(notUnderstood).toHaveLength(1);
});
