import { expect, test } from 'vitest';
import { expectedValue } from '../../src/graph/nulls/expected-value.ts';
import { nullGaps } from '../../src/graph/nulls/null-gaps.ts';
import { replaySql } from '../replay/replay-sql.ts';

const PARENTS = 'create table p (id int primary key); create table q (id int primary key);';

async function table(sql: string) {
  const { graph } = await replaySql(PARENTS + sql, { platform: 'supabase' });
  const relation = graph.relation({ schema: 'public', name: 't' });
  if (relation === undefined) throw new Error('no table t');
  return { graph, relation };
}

test.each([
  ['create table t (p int references p, name text not null, unique (p, name));', ['p']],
  ['create table t (p int not null references p, phone text, unique (p, phone));', []],
  ['create table t (a text not null, b text, unique (a, b));', ['b']],
  ['create table t (a text not null, b_id text, unique (a, b_id));', []],
  ['create table t (a text not null, deleted_at timestamptz, unique (a, deleted_at));', ['deleted_at']],
  ['create table t (a text not null, b text); create unique index on t (a, b) where b > $$x$$;', []],
  ['create table t (a text not null, b text, unique nulls not distinct (a, b));', []],
  ['create table t (a text not null, b text, unique (a, b)); create unique index on t (a) where b is null;', []],
  ['create table t (a int not null, p int references p, q int references q, unique (a, p), unique (a, q));', []],
  ['create table t (a text not null, p int references p, check (num_nonnulls(p, a) = 2), unique (a, p));', []],
  ['create table t (a text, unique (a));', []],
])('%s lets duplicates in through %s', async (sql, expected) => {
  const { graph, relation } = await table(sql);
  const gaps = graph.ownedBy(relation.id, 'index').flatMap((each) => nullGaps(graph, each));
  expect(gaps.map((each) => each.name)).toEqual(expected);
});

test.each([
  ['a int default 1', ['default']],
  ['a int not null default 1', []],
  ['a int references p on delete cascade', []],
  ['a int references p on delete cascade, b int, unique (a, b)', ['cascade']],
  ['a int references p on delete cascade, b int not null references q on delete cascade', []],
  ['a boolean', []],
  ['a boolean default true', ['default']],
  ['a timestamptz', []],
  ['a int default 1, check (a is null or a > 0)', []],
])('%s is expected to hold a value because of %s', async (columns, expected) => {
  const { graph, relation } = await table(`create table t (${columns});`);
  const column = graph.column(relation.id, 'a');
  if (column === undefined) throw new Error('no column a');
  expect(expectedValue(graph, column, new Set()).map((each) => each.because)).toEqual(expected);
});
