import { expect, test } from 'vitest';
import type { Entity } from '../../src/graph/entities/index.ts';
import type { Origin } from '../../src/graph/origin.ts';
import { replaySql } from './replay-sql.ts';

/** The text that each of these entities comes from. */
async function textsOf(sql: string, wanted: (entity: Entity) => Origin | undefined): Promise<readonly string[]> {
  const { graph, texts } = await replaySql(sql);
  const text = texts.get('1.sql') ?? '';
  return [...graph.all()].flatMap((entity) => {
    const origin = entity.origin.from === 'statement' ? wanted(entity) : undefined;
    return origin?.from === 'statement' ? [text.slice(origin.at.start, origin.at.end)] : [];
  });
}

const TABLE = `-- Größe: bytes are not characters
create table parent (id int primary key);
create table t ( -- a comment, with a comma
  id serial constraint pk primary key,
  a numeric(10, 2) default (1 + 2) check (a > 0) not null, /* ) */
  b text references parent (id) on delete cascade deferrable,
  constraint ab unique (a, b),
  check (b <> ',)')
);`;

test('columns and constraints come from their own element', async () => {
  const sql = TABLE.replace('b text references', 'b int references').replace("check (b <> ',)')", 'check (b <> 1)');
  expect(await textsOf(sql, (each) => (each.kind === 'column' ? each.origin : undefined))).toEqual([
    'id int primary key',
    'id serial constraint pk primary key',
    'a numeric(10, 2) default (1 + 2) check (a > 0) not null',
    'b int references parent (id) on delete cascade deferrable',
  ]);
  const constraints = await textsOf(sql, (each) =>
    ['checkConstraint', 'uniqueConstraint', 'primaryKey', 'foreignKey'].includes(each.kind) ? each.origin : undefined,
  );
  expect(constraints).toEqual(
    expect.arrayContaining([
      'constraint ab unique (a, b)',
      'check (b <> 1)',
      'references parent (id) on delete cascade deferrable',
      'constraint pk primary key',
    ]),
  );
});

test('facts are set by the subcommand that set them', async () => {
  const sql = `create table "a,b" (x int, y text);
alter table only public."a,b" * alter x set default 3, -- one, two
  alter column x set not null,
  add constraint c check (x in (1, 2)), enable row level security;`.replace(' *', '');
  const facts = (fact: string) => (each: Entity) => each.setBy[fact];
  expect(await textsOf(sql, facts('default'))).toEqual(['alter x set default 3']);
  expect(await textsOf(sql, facts('notNull'))).toEqual(['alter column x set not null']);
  expect(await textsOf(sql, facts('rowSecurity'))).toEqual(['enable row level security']);
  expect(await textsOf(sql, (each) => (each.kind === 'checkConstraint' ? each.origin : undefined))).toEqual([
    'add constraint c check (x in (1, 2))',
  ]);
});

test('a later change does not move what it does not touch', async () => {
  const sql = `create table t (a int, b int, check (a > 0));
create index i on t (a);
alter table t drop column b, rename_not int;`.replace(', rename_not int', '');
  expect(await textsOf(sql, (each) => (each.kind === 'index' ? each.origin : undefined))).toEqual([
    'create index i on t (a)',
  ]);
  expect(await textsOf(sql, (each) => each.setBy.position)).toEqual([]);
});
