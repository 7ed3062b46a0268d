import { expect, test } from 'vitest';
import { isSeeded } from '../../src/graph/history/seeded-tables.ts';
import { replaySql } from '../replay/replay-sql.ts';

test.each([
  ["insert into roles values ('owner')", true],
  ["insert into public.roles (name) values ('owner') on conflict do nothing", true],
  ["insert into roles select 'owner' where not exists (select from roles)", true],
  ["insert into roles select v.name from (values ('owner')) as v (name)", true],
  ["do $$ begin insert into roles values ('owner'); end $$", true],
  [
    "insert into members values ('a'); insert into roles select m.kind || v.name from members m cross join (values ('owner')) as v (name)",
    true,
  ],
  ["insert into roles select m.kind || v.name from members m cross join (values ('owner')) as v (name)", false],
  ["insert into members values ('a'); insert into roles select kind from members", false],
  ['insert into roles select kind from members', false],
  ["insert into members values ('owner')", false],
  ["insert into other.roles values ('owner')", false],
])('%s: %s', async (sql, expected) => {
  const { graph, statements } = await replaySql(
    `create table roles (name text primary key); create table members (kind text); create schema other; create table other.roles (name text); ${sql};`,
    { platform: 'postgres' },
  );
  const table = graph.relation({ schema: 'public', name: 'roles' });
  expect(table?.kind === 'table' && isSeeded(statements, table)).toBe(expected);
});
