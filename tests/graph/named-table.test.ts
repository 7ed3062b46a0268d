import { describe, expect, test } from 'vitest';
import { isPolymorphic, tableNamedBy } from '../../src/graph/lexicon/named-table.ts';
import { display } from '../../src/sql/name.ts';
import { replaySql } from '../replay/replay-sql.ts';

async function columnOf(sql: string, path: string) {
  const { graph } = await replaySql(sql, { platform: 'supabase' });
  const [table = '', name = ''] = path.split('.');
  const relation = graph.relation({ schema: 'public', name: table });
  const column = relation === undefined ? undefined : graph.column(relation.id, name);
  if (column === undefined) throw new Error(`no column ${path}`);
  return { graph, column };
}

describe('the table a column is named after', () => {
  const TABLES = `create schema shop; create schema crm;
    create table orders (id int primary key); create table "OrderLine" (id int primary key);
    create table shop.carts (id int primary key);
    create table shop.leads (id int primary key); create table crm.leads (id int primary key);
    create table seats (hall int, number int, primary key (hall, number));`;
  test.each([
    ['order_id int', 'public.orders.id'],
    ['"orderId" int', 'public.orders.id'],
    ['order_line_id int', 'public."OrderLine".id'],
    ['cart_id int', 'shop.carts.id'],
    ['lead_id int', undefined],
    ['seat_id int', undefined],
    ['id int', undefined],
    ['orderid int', undefined],
    ['order_number int', undefined],
  ])('%s: %s', async (definition, expected) => {
    const name = definition.split(' ')[0]?.replaceAll('"', '') ?? '';
    const { graph, column } = await columnOf(`${TABLES} create table t (${definition});`, `t.${name}`);
    const named = tableNamedBy(graph, column);
    expect(named && `${display(named.table.name)}.${named.key.name}`).toBe(expected);
  });

  test('is the one its namesakes refer to, where most of them do', async () => {
    const keyed = (name: string) => `create table ${name} (user_id uuid references auth.users (id));`;
    const plain = (name: string) => `create table ${name} (user_id uuid);`;
    const byMost = await columnOf(keyed('a') + keyed('b') + plain('c'), 'c.user_id');
    expect(tableNamedBy(byMost.graph, byMost.column)).toMatchObject({
      by: 'siblings',
      table: { name: { schema: 'auth', name: 'users' } },
    });
    const byFew = await columnOf(keyed('a') + keyed('b') + ['c', 'd', 'e'].map(plain).join(''), 'c.user_id');
    expect(tableNamedBy(byFew.graph, byFew.column)).toBeUndefined();
  });
});

test.each([
  ['no other refers', '', 'kit'],
  ['its relative refers there too', 'create table kit_v2_part (id int primary key, kit_id int references kit);', 'kit'],
  [
    'its relative refers to another',
    'create table kit_v2_part (id int primary key, kit_id int references kit_v2);',
    undefined,
  ],
  [
    'a farther one refers to another',
    `create table kit_old_part (kit_id int references kit_v2); create table kit_v2_part (kit_id int references kit);`,
    'kit',
  ],
  ['one of no family refers to another', 'create table parts (kit_id int references kit_v2);', 'kit'],
  [
    'a schema of copies has its own',
    'create schema copy; create table copy.kit (id int primary key); create table copy.kit_v2_part (kit_id int references copy.kit);',
    'kit',
  ],
])('the relatives of a table settle what its column is named after: %s', async (_, sql, expected) => {
  const tables = 'create table kit (id int primary key); create table kit_v2 (id int primary key);';
  const { graph, column } = await columnOf(
    `${tables}${sql} create table kit_v2_release_part (kit_id int);`,
    'kit_v2_release_part.kit_id',
  );
  expect(tableNamedBy(graph, column)?.table.name.name).toBe(expected);
});

test('one half of a reference to any of several tables', async () => {
  const sql = 'create table t (owner_id int, owner_type text, order_id int, order_number text);';
  const owner = await columnOf(sql, 't.owner_id');
  const order = await columnOf(sql, 't.order_id');
  expect([owner, order].map(({ graph, column }) => isPolymorphic(graph, column))).toEqual([true, false]);
});
