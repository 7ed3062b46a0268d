// What CHECKs, domains and triggers say of the values of a column.
import { describe, expect, test } from 'vitest';
import { admittedClients } from '../../src/graph/privileges/admitted-clients.ts';
import { columnsJudgedByTriggers } from '../../src/graph/triggers/trigger-tests.ts';
import { knownValues } from '../../src/graph/values/known-values.ts';
import { isLowerCaseCheck, lowerCaseKey } from '../../src/graph/values/lower-case.ts';
import { statusLabels } from '../../src/graph/values/status-labels.ts';
import { areTiedByExpression, isLengthMinimum, valueChecks } from '../../src/graph/values/value-checks.ts';
import { replaySql } from '../replay/replay-sql.ts';

async function columnOf(sql: string, name = 'c') {
  const { graph, texts, statements } = await replaySql(sql, { platform: 'supabase' });
  const table = graph.relation({ schema: 'public', name: 't' });
  if (table?.kind !== 'table') throw new Error('no table t');
  const column = graph.column(table.id, name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return { graph, texts, statements, table, column };
}

describe('conditions on a value', () => {
  test.each([
    ["c in ('a', 'b')", 1],
    ["c is not null and c <> ''", 0],
    ["length(trim(c)) > 0 and c like 'a%'", 1],
    ['char_length(c) <= 20', 1],
    ["c is null or c in ('a')", 1],
    ['d > 1', 0],
    ['d > length(c)', 1],
    ["c <> 'x'", 1],
  ])('%s', async (check, count) => {
    const { graph, column } = await columnOf(`create table t (c text, d int, check (${check}));`);
    expect(valueChecks(graph, column)).toHaveLength(count);
  });

  test('of domains, over any number of them', async () => {
    const { graph, column } = await columnOf(
      "create domain a as text check (value ~ 'x'); create domain b as a check (value is not null); create table t (c b);",
    );
    expect(valueChecks(graph, column).map((each) => each.isDomains)).toEqual([true]);
  });

  test('a lower bound of a length', async () => {
    const { graph, column } = await columnOf(
      'create table t (c text check (char_length(c) >= 3 and char_length(c) < 9));',
    );
    expect(valueChecks(graph, column).map(isLengthMinimum)).toEqual([true, false]);
  });
});

describe('two columns', () => {
  test.each([
    ['check (d >= c)', true],
    ['check (c > now()), check (d > now())', false],
    ['exclude using gist (tstzrange(c, d) with &&)', true],
    ['e interval generated always as (d - c) stored', true],
  ])('%s', async (more, expected) => {
    const { graph, table, column } = await columnOf(`create table t (c timestamptz, d timestamptz, ${more});`);
    const other = graph.column(table.id, 'd');
    expect(areTiedByExpression(graph, table.id, [column.id, other?.id ?? column.id])).toBe(expected);
  });
});

describe('triggers that may refuse a row', () => {
  test.each([
    ['before', "if new.c = 'x' then raise exception 'no'; end if; return new;", ['c']],
    ['before', "if new.c = 'x' then return null; end if; return new;", ['c']],
    ['before', 'new.c := lower(new.c); return new;', []],
    ['before', 'perform public.look(new.d); return new;', ['d']],
    ['after', 'perform public.look(new.d); return null;', []],
    ['after', "if new.c = 'x' then raise exception 'no'; end if; return null;", ['c']],
  ])('%s %s', async (timing, body, expected) => {
    const { graph, table } = await columnOf(`
      create table t (c text, d int);
      create function public.look(n int) returns void language sql as 'select 1';
      create function f() returns trigger language plpgsql as $$ begin ${body} end $$;
      create trigger g ${timing} insert or update on t for each row execute function f();`);
    const judged = columnsJudgedByTriggers(graph, table.id);
    expect(graph.columnNames([...judged])).toEqual(expected);
  });
});

test('the values that the schema itself names', async () => {
  const { graph, column, texts, statements } = await columnOf(`
    create table t (
      id int,
      c text default 'new', -- 'listed' | "beside it"
      at timestamptz,
      check (c <> 'checked'),
      check (c <> 'tied' or at is not null)
    );
    create function f() returns void language sql as $$ update t set c = 'done' where c in ('new', 'open') $$;
    create view v as select 1 from t where c <> 'gone';
    create view counts as
      with own as (select c as renamed from t)
      select count(*) filter (where renamed = 'filtered') as a, case renamed when 'cased' then 1 end as b
      from own group by renamed having max(renamed) is not null
      order by case when coalesce(renamed, '') = 'sorted' then 0 end;
    create view others as
      select nullif(c, 'nulled') as a, c not in ('out', 'of') as b, c is distinct from 'distinct' as d,
        c = any ('{some,any}') as e, trim(c) = 'trimmed' as g, (c, id) = ('paired', 1) as h from t;
    create index on t (id) where c = 'hot';
    comment on column t.c is 'One of ''said'' and ''spoken'', the user''s own.';
    alter table t enable row level security;
    create policy p on t using (c = 'public');`);
  const { values, areSettled } = knownValues(graph, column, texts, statements);
  const named = ['done', 'gone', 'hot', 'new', 'open', 'public', 'tied', 'listed', 'beside it', 'said', 'spoken'];
  const compared = [
    'filtered',
    'cased',
    'sorted',
    'nulled',
    'out',
    'of',
    'distinct',
    'some',
    'any',
    'trimmed',
    'paired',
  ];
  expect([...values].sort()).toEqual([...named, ...compared].sort());
  expect(areSettled).toBe(true);
});

test.each([
  ["create view v as select 1 from t where c in ('a', 'b');", ['a', 'b'], false],
  ["create view v as select 1 from t where lower(c) = 'a'; alter table t alter c set default 'A';", ['A', 'a'], false],
  ["create function f(p text) returns void language sql as $$ update t set c = coalesce(p, 'a') $$;", ['a'], false],
  [
    `create function f(n int) returns void language plpgsql as $$
     declare s text := 'a';
     begin
       if n > 1 then s := case when n > 2 then 'b' else 'd' end; end if;
       update t set c = case when n < 0 then c else s end where id = n;
     end $$;`,
    ['a', 'b', 'd'],
    true,
  ],
  [
    `create function f() returns trigger language plpgsql as $$
     begin
       if old.c = 'a' then new.c := 'b'; end if;
       return new;
     end $$;
     create trigger g before update on t for each row execute function f();`,
    ['a', 'b'],
    true,
  ],
  [
    `alter table t alter c set default 'a';
     create function f(n text, p text) returns void language plpgsql as $$
     begin execute format('update %I set c = %L', n, p); end $$;`,
    ['a'],
    false,
  ],
  ["alter table t alter c set default 'a'; insert into t values (1, 'b'), (2, default);", ['a', 'b'], true],
  ["alter table t alter c set default 'a'; insert into t (id) select 1;", ['a'], true],
  [
    "alter table t alter c set default 'a'; insert into t select i, case when i > 1 then 'b' else 'c' end from generate_series(1, 2) i;",
    ['a', 'b', 'c'],
    true,
  ],
  [
    "alter table t alter c set default 'a'; insert into t select * from t; update t set c = coalesce(c, 'b');",
    ['a', 'b'],
    false,
  ],
  [
    "alter table t alter c set default 'a'; update t o set c = case when id = 1 then o.c else 'b' end;",
    ['a', 'b'],
    true,
  ],
  ["alter table t alter c set default 'a'; update t set c = s.x from (select 'b' as x) s;", ['a'], false],
])('the values are settled where something gives them and nothing gives others: %s', async (sql, named, settled) => {
  const { graph, column, texts, statements } = await columnOf(`create table t (id int, c text); ${sql}`);
  const { values, written, areSettled } = knownValues(graph, column, texts, statements);
  expect([[...values, ...written].sort(), areSettled]).toEqual([named, settled]);
});

test.each([
  ["create type s as enum ('a', 'b'); create table t (c s);", ['a', 'b']],
  ["create table t (c text check (c in ('x', 'y')));", ['x', 'y']],
  ["create table t (c text check (c <> ''));", []],
])('the labels of a status: %s', async (sql, expected) => {
  const { graph, column } = await columnOf(sql);
  expect(statusLabels(graph, column)).toEqual(expected);
});

describe('lower case', () => {
  test.each([
    ['c text check (c = lower(c))', true],
    ["c text check (c !~ '[A-Z]')", true],
    ["c text check (c like '%@%')", false],
  ])('%s', async (columns, expected) => {
    const { graph, column } = await columnOf(`create table t (${columns});`);
    expect(isLowerCaseCheck(graph, column)).toBe(expected);
  });

  test.each([
    ['create table t (c text); create unique index on t (lower(c));', true],
    ['create table t (c text); create index on t (lower(c));', false],
    ['create table t (c text, c_lower text unique);', true],
    ['create table t (c text, k text generated always as (lower(c)) stored unique);', true],
    ['create table t (c text unique, d text unique);', false],
  ])('%s', async (sql, expected) => {
    const { graph, column } = await columnOf(sql);
    expect(lowerCaseKey(graph, column) !== undefined).toBe(expected);
  });
});

test('clients that a policy admits', async () => {
  const { graph, table } = await columnOf(`
    create table t (c text);
    alter table t enable row level security;
    create policy p on t for insert to authenticated with check (true);
    create policy q on t as restrictive for update to anon using (true);`);
  const admitted = admittedClients(graph, table, ['anon', 'authenticated', 'public'], ['insert', 'update']);
  expect(admitted.map(({ name, commands }) => [name, commands])).toEqual([['authenticated', ['insert']]]);
});
