import { describe, expect, it } from 'vitest';
import { concurrentStatement } from '../../src/graph/concurrent-statement.ts';
import { caseOf, numberOfName } from '../../src/graph/lexicon/head-noun.ts';
import { timeStyle } from '../../src/graph/lexicon/time-style.ts';
import { majorityStyle } from '../../src/graph/style.ts';
import { loadParser, readSql } from '../../src/sql/parse.ts';

describe('names', () => {
  it.each([
    ['order_items', 'plural'],
    ['orderItems', 'plural'],
    ['people', 'plural'],
    ['customer_address', 'singular'],
    ['access_log', 'singular'],
    ['embedding_queue', 'either'],
    ['users_extended', 'plural'],
    ['events_2024', 'plural'],
    ['user_settings', 'either'],
  ] as const)('%s is %s', (name, number) => expect(numberOfName(name)).toBe(number));

  it.each([
    ['orders', 'flat'],
    ['order_items', 'snake'],
    ['orderItems', 'camel'],
    ['OrderItem', 'pascal'],
    ['Order Items', 'other'],
  ] as const)('%s is written in %s', (name, style) => expect(caseOf(name)).toBe(style));

  it.each([
    ['created_at', '_at'],
    ['createdAt', '_at'],
    ['modified_on', '_on'],
    ['created', 'bare'],
    ['sent', 'bare'],
    ['date_created', 'date_'],
    ['created_date', '_date'],
    ['timestamp', 'timestamp'],
    ['due_date', undefined],
    ['starts_at', undefined],
    ['last_seen', undefined],
    ['set_time', undefined],
    ['valid_from', undefined],
  ] as const)('%s is named like %s', (name, style) => expect(timeStyle(name)).toBe(style));
});

describe('a majority', () => {
  const styleOf = (text: string) => (text === '' ? undefined : text);
  const wanted = { least: 4, share: 75 };

  it('leads clearly, and leaves a few', () => {
    expect(majorityStyle(['a', 'a', '', 'a', 'b'], styleOf, wanted)).toEqual({
      style: 'a',
      followers: ['a', 'a', 'a'],
      deviants: ['b'],
    });
  });

  it.each([[['a', 'a', 'b', 'b']], [['a', 'a', 'a', 'a']], [['a', 'a', 'b']], [[]]])('%j has none', (things) => {
    expect(majorityStyle(things, styleOf, wanted)).toBeUndefined();
  });
});

describe('CONCURRENTLY', () => {
  it.each([
    ['create index concurrently on a (b)', 'CREATE INDEX CONCURRENTLY'],
    ['drop index concurrently a', 'DROP INDEX CONCURRENTLY'],
    ['reindex table concurrently a', 'REINDEX CONCURRENTLY'],
    ['reindex (concurrently) index a', 'REINDEX CONCURRENTLY'],
    ['alter table a detach partition b concurrently', 'DETACH PARTITION CONCURRENTLY'],
    ['alter table a detach partition b', undefined],
    ['refresh materialized view concurrently a', undefined],
    ['create index on a (b)', undefined],
  ])('%s', async (sql, expected) => {
    await loadParser();
    const [statement] = readSql(sql, 'a.sql').statements;
    expect(statement && concurrentStatement(statement.node)).toBe(expected);
  });
});
