import { expect, test } from 'vitest';
import { isNullable } from '../../src/graph/nulls/nullability.ts';
import { replaySql } from '../replay/replay-sql.ts';

test.each([
  ['x int', true],
  ['x int not null', false],
  ['x int check (x is not null)', false],
  ['y int not null, x int generated always as (y + 1) stored', false],
  ['y int, x int generated always as (y + 1) stored', true],
  ["y jsonb not null, x text generated always as (y ->> 'name') stored", true],
  // Postgres refuses that: the question ends all the same.
  ['x int generated always as (x + 1) stored', true],
])('create table t (%s)', async (columns, expected) => {
  const { graph } = await replaySql(`create table t (${columns});`, { platform: 'postgres' });
  const table = graph.relation({ schema: 'public', name: 't' });
  const column = table && graph.column(table.id, 'x');
  expect(column && isNullable(graph, column)).toBe(expected);
});
