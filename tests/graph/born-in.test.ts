import { expect, test } from 'vitest';
import { bornIn, existedBefore, isBornInSameMigration } from '../../src/graph/history/born-in.ts';
import { replaySql } from '../replay/replay-sql.ts';

test('what a file makes is new to the rest of that file only', async () => {
  const { graph, journal } = await replaySql([
    'create table a (id int); alter table a add column x int;',
    'alter table a add column y int; create table b (id int); alter table b add column z int; alter table missing add column w int;',
  ]);
  const added = (name: string) => {
    const change = journal.find(
      (each) => each.type === 'created' && each.after.kind === 'column' && each.after.name === name,
    );
    if (change?.type !== 'created' || change.after.kind !== 'column') throw new Error(`no column ${name}`);
    return { statement: change.by, table: change.after.relation };
  };
  const says = ['x', 'y', 'z', 'w'].map((name) => {
    const { statement, table } = added(name);
    return [isBornInSameMigration(journal, table, statement), existedBefore(journal, table, statement)];
  });
  expect(says).toEqual([
    [true, false],
    [false, true],
    [true, false],
    [false, true],
  ]);
  const role = [...graph.ofKind('role')][0];
  expect(role && bornIn(journal, role.id)).toBeUndefined();
});

test('a table dropped and made anew is a new one', async () => {
  const { graph, journal } = await replaySql(['create table a (id int);', 'drop table a; create table a (id int);']);
  const table = graph.relation({ schema: 'public', name: 'a' });
  expect(table && bornIn(journal, table.id)?.file).toBe('2.sql');
});
