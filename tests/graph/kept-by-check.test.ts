import { expect, test } from 'vitest';
import { keptByCheck } from '../../src/graph/kept-by-check.ts';
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
])('check (%s) keeps %s filled', async (check, expected) => {
  const { graph } = await replaySql(`create table t (a int, b int, c int, kind text, check (${check}));`, {
    platform: 'postgres',
  });
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
