import { expect, test } from 'vitest';
import { tablesInName } from '../../src/graph/lexicon/tables-in-name.ts';
import { replaySql } from '../replay/replay-sql.ts';

test.each([
  ['set_updated_at', []],
  ['touch_order_items', ['order_items']],
  ['touchOrder', ['orders']],
  ['touch_reorders', []],
])('%s names %j', async (name, expected) => {
  const { graph } = await replaySql('create table orders (); create table order_items (); create table items ();');
  const found = tablesInName(graph, name).map((each) => each.name.name);
  expect(found.sort()).toEqual(expected);
});
