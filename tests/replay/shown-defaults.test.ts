import { describe, expect, test } from 'vitest';
import { problemsOf, replaySql } from './replay-sql.ts';
import { serverForTests } from './server.ts';

// A default is compared with what Postgres prints of it, not with what the file says.

const embedded = serverForTests('postgres');

const SETUP = `
create type mood as enum ('a');
create domain short as text not null;
create function today() returns date language sql as 'select current_date';`;

/** Columns whose default replay spells as the server does. */
const SPELLED: readonly string[] = [
  "text default 'direct'",
  "text default 'it''s'",
  "varchar(20) default 'v'",
  "varchar default 'v'::text",
  "text default 'v'::varchar",
  "char(3) default 'abc'",
  "json default '{ }'",
  "jsonb default '{}'",
  "jsonb default '[]'::jsonb",
  "text[] default '{}'",
  "text[] default '{}'::text[]",
  "int[] default '{}'",
  "uuid default '00000000-0000-0000-0000-0000000000a1'",
  'int default 0',
  'bigint not null default 7',
  'smallint default 7',
  'numeric(10, 2) default 0',
  'numeric(10, 2) default 0.50',
  'float8 default 1.5',
  'boolean default FALSE',
  'boolean default true',
  'timestamptz default NOW()',
  'timestamptz default pg_catalog.now()',
  'date default now()',
  'date default CURRENT_DATE',
  'timestamptz default Current_Timestamp',
  'uuid default gen_random_uuid()',
  'text default current_user',
];

/** Of these it is known only that there is a default. */
const NOT_SPELLED: readonly string[] = [
  "text default E'a\\\\b'",
  "text default 'a' || 'b'",
  "varchar default 'v'::varchar(5)",
  'jsonb default \'{"a":1}\'',
  "boolean default 'yes'",
  'int default -1',
  "int default '5'",
  'bigint default 5000000000',
  'numeric default 00.5',
  "mood default 'a'",
  "short default 'a'",
  "timestamptz default '2024-01-01'",
  "text default timezone('utc', now())",
  "timestamp default (now() at time zone 'utc')",
  'timestamptz default current_timestamp(3)',
  'date default today()',
  'serial',
  "uuid default '{00000000-0000-0000-0000-0000000000A1}'",
];

const INFORMATION =
  "(select column_default from information_schema.columns where table_schema = 'public' and table_name = 't' and column_name = 'c')";
const CATALOG =
  "(select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d join pg_class t on t.oid = d.adrelid where t.relname = 't')";

async function shown(setup: string, expression: string): Promise<string | null> {
  await embedded.database.exec('begin');
  try {
    await embedded.database.exec(setup);
    const [row] = await embedded.database.query<{ shown: string | null }>(`select ${expression} as shown`);
    return row?.shown ?? null;
  } finally {
    await embedded.database.exec('rollback');
  }
}

async function isRefused(setup: string, condition: string): Promise<boolean> {
  const problems = problemsOf(
    await replaySql([setup, `do $do$ begin if ${condition} then raise exception 'so it is'; end if; end $do$;`]),
  );
  expect(problems.filter((each) => each !== 'refused so it is')).toEqual([]);
  return problems.length > 0;
}

describe.each([INFORMATION, CATALOG])('%s', (expression) => {
  test.each(SPELLED)('%s', async (column) => {
    const setup = `${SETUP} create table t (c ${column});`;
    const text = await shown(setup, expression);
    const literal = `'${(text ?? '').replaceAll("'", "''")}'`;
    expect([text, await isRefused(setup, `${expression} = ${literal}`)]).toEqual([text, true]);
    expect(await isRefused(setup, `${expression} <> ${literal}`)).toBe(false);
    expect(await isRefused(setup, `${expression} is null`)).toBe(false);
  });

  test.each(NOT_SPELLED)('not decided but for being there: %s', async (column) => {
    const setup = `${SETUP} create table t (c ${column});`;
    for (const condition of ["= 'x'", "<> 'x'", "like '%x%'", "not like '%x%'", 'is null'])
      expect(await isRefused(setup, `${expression} ${condition}`)).toBe(false);
    expect(await isRefused(setup, `${expression} is not null`)).toBe(true);
  });
});

test('how the default of a serial column begins', async () => {
  const setup = 'create table t (c serial);';
  expect(await isRefused(setup, `${INFORMATION} like 'nextval(%'`)).toBe(true);
  expect(await isRefused(setup, `${INFORMATION} not like 'nextval(%'`)).toBe(false);
  expect(await isRefused(setup, `${INFORMATION} like 'now%'`)).toBe(false);
});

test('the type of a column of a domain is the one it is of, which is not followed', async () => {
  const type =
    "(select data_type from information_schema.columns where table_schema = 'public' and table_name = 't' and column_name = 'c')";
  for (const operator of ['=', '<>'])
    expect(await isRefused(`${SETUP} create table t (c short);`, `${type} ${operator} 'USER-DEFINED'`)).toBe(false);
});

test('the text of a policy or a view is not decided, and that there is one is', async () => {
  const setup = 'create table t (id int); create policy p on t for select using (id > 0);';
  const clause = (column: string) => `(select ${column} from pg_policies where policyname = 'p')`;
  for (const condition of ["= 'id > 0'", "<> 'id > 0'", "like '%id%'", 'is null'])
    expect(await isRefused(setup, `${clause('qual')} ${condition}`)).toBe(false);
  expect(await isRefused(setup, `${clause('qual')} is not null and ${clause('with_check')} is null`)).toBe(true);
});
