import { expect, test } from 'vitest';
import { isKeptInEveryRow, keptByCheck } from '../../src/graph/deletes/kept-by-check.ts';
import { replaySql } from '../replay/replay-sql.ts';

test.each([
  ['(a is not null) <> (b is not null)', 'a'],
  ['num_nonnulls(a, b) = 1', 'a'],
  ['num_nonnulls(a, b) >= 1', 'a'],
  ['num_nulls(a, b) < 2', 'a'],
  ["a is not null or kind = 'free'", 'a'],
  ["b > 0 and (kind = 'free' or a is not null)", 'a'],
  ['(a is null) = (b is null)', 'a'],
  ['coalesce(a, 0) > 0', 'a'],
  ['num_nonnulls(a, b) <= 1', undefined],
  ['a is null or b is null', undefined],
  ['a is null or a <> b', undefined],
  ["kind <> 'free' and (a is null or a > 0)", undefined],
  ['a > 0', undefined],
  ['b is not null or c is not null', undefined],
  ['a is not null or id is not null', undefined],
])('check (%s) keeps %s filled', async (check, expected) => {
  const { graph } = await replaySql(
    `create table t (id int not null, a int, b int, c int, kind text, check (${check}));`,
    {
      platform: 'postgres',
    },
  );
  const table = graph.relation({ schema: 'public', name: 't' });
  const column = table && graph.column(table.id, 'a');
  expect(column && keptByCheck(graph, [column])?.name).toBe(expected);
});

test('columns that are emptied together', async () => {
  const { graph } = await replaySql(
    'create table t (a int, b int, check ((a is null) = (b is null))); create table u (a int, b int, check (a is not null or b is not null));',
    { platform: 'postgres' },
  );
  const kept = ['t', 'u'].map((name) => {
    const table = graph.relation({ schema: 'public', name });
    return table && keptByCheck(graph, graph.columns(table.id))?.name;
  });
  expect(kept).toEqual([undefined, 'a']);
});

test.each([
  ['(a is not null) <> (b is not null)', true],
  ['num_nonnulls(a, b) = 1', true],
  ['num_nonnulls(a, b) >= 1', false],
  ['a is not null or b is not null', false],
  ["a is not null or kind = 'free'", false],
  ['a is not null and b is not null', true],
  ['(a is not null and b is null) or (a is null and b is not null)', true],
  ['coalesce(a, 0) > 0', true],
  ['coalesce(a, b) is not null', false],
])('check (%s) keeps a in every row: %s', async (check, expected) => {
  const { graph } = await replaySql(`create table t (a int, b int, kind text, check (${check}));`, {
    platform: 'postgres',
  });
  const table = graph.relation({ schema: 'public', name: 't' });
  expect(table && isKeptInEveryRow(graph, graph.columns(table.id).slice(0, 1))).toBe(expected);
});
