import { describe, expect, test } from 'vitest';
import { problemsOf, replaySql } from './replay-sql.ts';

/** What IF NOT EXISTS passed over, as `path: what existing → wanted`. */
async function skippedBy(sql: string): Promise<readonly string[]> {
  const { journal, graph } = await replaySql(sql);
  return journal.flatMap((change) =>
    change.type === 'skipped'
      ? [
          `${graph.path(change.existing)}: ${change.differences
            .map((each) => `${each.what} ${each.existing} → ${each.wanted}`)
            .join('; ')}`,
        ]
      : [],
  );
}

const TABLE = `create table other (id int primary key);
create table t (
  id serial primary key, a int not null default 3, b text, at timestamptz default now(), other int references other,
  unique (a), check (a > 0)
);
`;

describe('CREATE TABLE IF NOT EXISTS', () => {
  test('the same table, written in another way', async () => {
    const same = `create table if not exists public.t (
      id serial not null, a integer default '3' not null, b text, at timestamp with time zone default current_timestamp,
      other integer, primary key (id), constraint named unique (a), check (a > 0),
      foreign key (other) references public.other (id)
    );`;
    expect(await skippedBy(TABLE + same)).toEqual(['public.t: ']);
  });

  test('columns that are missing, too many, or otherwise', async () => {
    const sql = `create table if not exists t (
      id serial primary key, a bigint default 4, b text not null, extra uuid, other int references other, unique (a), check (a > 0)
    );`;
    expect(await skippedBy(TABLE + sql)).toEqual([
      'public.t: column a type integer → bigint; column a nullability not null → null; column a default 3 → 4; ' +
        'column b nullability null → not null; column extra none → uuid; ' +
        'column at timestamp with time zone → none',
    ]);
  });

  test('keys, checks and what a foreign key does', async () => {
    const sql = `create table if not exists t (
      id serial, a int not null default 3, b text, at timestamptz default now(),
      other int references other on delete cascade on update restrict, b2 int references other (id),
      primary key (id, a), unique (b), check (a > 1)
    );`;
    expect(await skippedBy(TABLE + sql)).toEqual([
      'public.t: column b2 none → integer; foreign key (other) delete action no action → cascade; ' +
        'foreign key (other) update action no action → restrict; ' +
        'primary key none → (id, a); unique constraint none → (b); ' +
        'foreign key none → (b2) references public.other on delete no action on update no action; ' +
        'check constraint none → a > 1; primary key (id) → none; unique constraint (a) → none; ' +
        'check constraint a > 0 → none',
    ]);
  });

  test('leaves no trace, and needs nothing of what it names', async () => {
    const { graph, journal } = await replaySql(
      `${TABLE} create table if not exists t (id serial, x int references nowhere, y missing_type);`,
    );
    const names = graph.ofKind('sequence').map((each) => graph.path(each));
    expect(names).toEqual(['public.t_id_seq']);
    expect(
      graph
        .ofKind('table')
        .map((each) => graph.path(each))
        .sort(),
    ).toEqual(['public.other', 'public.t']);
    expect(journal.filter((each) => each.type === 'failed')).toEqual([]);
  });

  test('a relation of another kind', async () => {
    expect(await skippedBy('create view v as select 1 as a; create table if not exists v (a int);')).toEqual([
      'public.v: kind view → table',
    ]);
  });
});

describe('other IF NOT EXISTS', () => {
  test('a column', async () => {
    const sql = `alter table t add column if not exists a int not null default 3, add column if not exists b varchar(5),
      add column if not exists at timestamptz default now();
      alter table t add column if not exists b text references other;`;
    expect(await skippedBy(TABLE + sql)).toEqual([
      'public.t.a: ',
      'public.t.b: column b type text → character varying(5)',
      'public.t.at: ',
      'public.t.b: column b reference none → public.other',
    ]);
  });

  test('an index', async () => {
    const sql = `create index i on t (a, lower(b)) where a > 1;
      create index if not exists i on public.t using btree (a asc, lower(b)) where (a > 1);
      create unique index if not exists i on t (a desc) include (b);
      create index if not exists i on other (id);`;
    expect(await skippedBy(TABLE + sql)).toEqual([
      'public.i: ',
      'public.i: uniqueness not unique → unique; keys (a, (lower(b))) → (a desc); included columns none → b; predicate a > 1 → none',
      'public.i: table public.t → public.other',
    ]);
  });

  test('a sequence', async () => {
    expect(await skippedBy('create sequence s; create sequence if not exists s start 5;')).toEqual(['public.s: ']);
  });
});

describe('without IF NOT EXISTS', () => {
  test.each([
    ['create table t (id int);', 'public.t'],
    ['alter table t add column a int;', 'public.t.a'],
    ['create index t_a_key on t (b);', 'public.t_a_key'],
    ['alter table t add constraint t_a_check check (a > 1);', 'public.t.t_a_check'],
    ['alter table other rename to t;', 'public.t'],
  ])('%s', async (sql, path) => {
    expect(problemsOf(await replaySql(TABLE + sql))).toEqual([`duplicateObject ${path}`]);
  });
});
