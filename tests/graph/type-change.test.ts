import { expect, test } from 'vitest';
import { referringColumns } from '../../src/graph/keys/referring-columns.ts';
import { typeChange } from '../../src/graph/types/type-change.ts';
import { hasUpperBound } from '../../src/graph/values/upper-bound.ts';
import { replaySql } from '../replay/replay-sql.ts';

async function columnA(sql: string) {
  const { graph } = await replaySql(sql);
  const table = graph.relation({ schema: 'public', name: 't' });
  const column = table === undefined ? undefined : graph.column(table.id, 'a');
  if (column === undefined) throw new Error('no column a');
  return { graph, column };
}

test.each([
  ['create table t (a int primary key); create table u (a int references t);', 'free'],
  ['create table t (a int, unique (a)); create index on t (a);', 'free'],
  ['create table t (a int check (a > 0));', 'rebuilt'],
  ['create table t (a int); create index on t ((a + 1));', 'rebuilt'],
  ['create table t (a text); create index on t (a text_pattern_ops);', 'rebuilt'],
  ['create table t (a int); create view v as select a from t;', 'refused'],
  ['create table t (a int, b int generated always as (a + 1) stored);', 'refused'],
  ['create table t (a int); create policy p on t using (a > 0);', 'refused'],
  ['create table t (a int) partition by range (a);', 'refused'],
  ['create table p (a int); create table t () inherits (p);', 'refused'],
])('ALTER TYPE after %s is %s', async (sql, expected) => {
  const { graph, column } = await columnA(sql);
  expect(typeChange(graph, column)).toBe(expected);
});

test('what refers to a column, over any number of tables and in circles', async () => {
  const { graph, column } = await columnA(`create table t (a int primary key);
    create table u (b int primary key references t); create table v (c int references u, d int references t);
    alter table t add foreign key (a) references u (b);`);
  const names = referringColumns(graph, column).map((each) => each.name);
  expect(names.sort()).toEqual(['b', 'c', 'd']);
});

test.each([
  ['a <= 5', true],
  ['a > 0 and 5 > a', true],
  ['a between 0 and 5', true],
  ['a >= 0', false],
  ['b < 5', false],
])('check (%s) says how large a may be: %s', async (check, expected) => {
  const { graph, column } = await columnA(`create table t (a int, b int, check (${check}));`);
  expect(hasUpperBound(graph, column)).toBe(expected);
});
