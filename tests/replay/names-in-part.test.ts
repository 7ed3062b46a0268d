// Names that the files tell in part: by the day a migration runs on, by rows of a table.
import { describe, expect, test } from 'vitest';
import type { Entity } from '../../src/graph/entities/index.ts';
import type { Reading } from '../../src/sources/source.ts';
import { replaySql } from './replay-sql.ts';

const READINGS = `create table reading (id int not null, at timestamptz not null, owner_id int) partition by range (at);
create table reading_note (id int primary key);
create table other (id int primary key);
create index reading_7_idx on other (id);`;

function table(reading: Reading, name: string): Entity | undefined {
  return reading.graph.relation({ schema: 'public', name });
}

/** The tables of which an index may be gone or there without the files saying so. */
function doubted(reading: Reading): readonly string[] {
  return reading.graph
    .ofKind('table')
    .filter((each) => each.origin.from !== 'platform' && reading.graph.isDoubtful(each, ['indexes']))
    .map((each) => each.name.name);
}

describe('now() is when the migration was written', () => {
  const today = `${READINGS}
do $$ begin
  execute format('create table reading_%s partition of reading for values from (%L) to (%L)', to_char(now(), 'YYYYMMDD'), current_date, current_date + 1);
end $$;`;

  test.each([
    ['20260304050607', 'reading_20260304'],
    ['20260304', 'reading_20260304'],
    // Counted, not measured.
    ['20260304142997', 'reading_20260304'],
    ['1772601367', 'reading_20260304'],
    ['1772601367000', 'reading_20260304'],
  ])('by the version %s', async (version, name) => {
    const reading = await replaySql(today, { version });
    expect(table(reading, name)).toMatchObject({ partitionOf: table(reading, 'reading')?.id });
    expect(reading.notUnderstood).toEqual([]);
  });

  test('a version that is a number, or no day, does not say', async () => {
    for (const version of ['7', '20261340000000', '20260231000000']) {
      const reading = await replaySql(today, { version });
      expect(reading.notUnderstood.map(({ what }) => what)).toEqual([
        expect.stringContaining('it may do there (CREATE TABLE) was not replayed'),
      ]);
    }
  });

  test.each([
    ["current_date = '2026-03-04'", true],
    ["now() < '2026-03-04 05:06:08'", true],
    ["current_date in ('2026-03-03', '2026-03-05')", false],
    ["current_date > '2026-03-04'", false],
  ])('compared with a text: %s', async (condition, holds) => {
    const made = `do $$ begin if ${condition} then create table made (id int primary key); end if; end $$;`;
    const reading = await replaySql(made, { version: '20260304050607' });
    expect(table(reading, 'made') !== undefined).toBe(holds);
    expect(reading.notUnderstood).toEqual([]);
  });

  test.each([
    "now() + interval '999999999 years'",
    'current_date - 999999999',
    "current_date + interval '9000 years'",
    "'2026-02-31'::date",
  ])('a time that is not told: %s', async (time) => {
    const made = `${READINGS}
do $$ begin execute format('create table reading_%s (id int primary key)', ${time}); end $$;`;
    const reading = await replaySql(made, { version: '20260304050607' });
    expect(reading.notUnderstood).toHaveLength(1);
  });
});

describe('a name of which a part is known doubts what it can mean', () => {
  test('an index of a table that rows name', async () => {
    const reading = await replaySql(`${READINGS}
create table shop (id int primary key);
do $$ declare r record; begin
  for r in select id from shop loop
    execute format('drop index if exists reading_%s_idx', r.id);
  end loop;
end $$;`);
    expect(doubted(reading)).toEqual(['other']);
  });

  test('a partition that is attached', async () => {
    const reading = await replaySql(`${READINGS}
create table shop (id int primary key);
do $$ declare r record; begin
  for r in select id from shop loop
    execute format('alter table reading attach partition reading_n%s for values from (1) to (2)', r.id);
  end loop;
end $$;`);
    expect(doubted(reading)).toEqual(['reading_note']);
  });

  test('storage options of a table change nothing that rules rest on; those of a view do', async () => {
    const block = (what: string) => `${READINGS}
create view reading_view as select id from reading_note;
create table shop (id int primary key);
do $$ declare r record; begin
  for r in select id from shop loop execute format('${what}', r.id); end loop;
end $$;`;
    expect((await replaySql(block('alter table reading_%s set (fillfactor = 80)'))).notUnderstood).toEqual([]);
    expect((await replaySql(block('alter view reading_%s set (security_invoker = true)'))).notUnderstood).toHaveLength(
      1,
    );
  });
});
