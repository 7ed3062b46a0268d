// What queries inside the schema read, test, sort by, lock and write, from hand-written SQL.
import { describe, expect, test } from 'vitest';
import {
  opaqueRoutines,
  queriesInSchema,
  rowTests,
  unreadRoutines,
  writesTo,
} from '../../src/graph/query-shapes/schema-queries.ts';
import { replaySql } from '../replay/replay-sql.ts';
import { describeQuery, describeTest } from './describe-shapes.ts';

const SCHEMA = `
create table public.jobs (id int primary key, status text not null, kind varchar(20), run_at timestamptz, tries int, data jsonb, owner uuid, done boolean);
create table public.pages (id int primary key, job_id int, url text, created_at timestamptz, embedding public.vector);
`;

async function shapes(sql: string) {
  const reading = await replaySql(`create extension vector; ${SCHEMA} ${sql}`);
  return { ...reading, lines: queriesInSchema(reading.graph).map(({ query }) => describeQuery(reading.graph, query)) };
}

async function bodyOf(sql: string, parameters = 'p int') {
  const { lines } = await shapes(`create function public.f(${parameters}) returns void language sql as $$ ${sql} $$;`);
  return lines;
}

describe('tests on columns', () => {
  test.each([
    ["status = 'new' and tries < 3", 'status equal = new, tries range < 3'],
    ["'new' = status and 3 > tries", 'status equal = new, tries range < 3'],
    ["status in ('a', 'b')", 'status in = a|b'],
    ["status = any (array['a', 'b'])", 'status in = a|b'],
    ["status in ('a')", 'status equal = a'],
    ["status in ('a', 'null', null)", 'status in = a|null'],
    ['id = any ($1)', 'id in = $1'],
    ['id = p', 'id equal = p'],
    ['tries between 1 and 3', 'tries range >= 1, tries range <= 3'],
    ['run_at is null and done', 'run_at isNull, done equal = true'],
    ['not done', 'done equal = false'],
    ['done is not true', ''],
    ["kind::text = 'x'", 'kind equal = x'],
    ["id::text = 'x'", 'computed id equal = x'],
    ["lower(status) = 'x'", 'computed status equal = x'],
    ["data ->> 'a' = 'x'", 'computed data equal = x'],
    ["data @> '{}'", 'data other @> {}'],
    ["status like 'a%'", 'status pattern ~~ a%'],
    ["status = 'a' or tries = 1", ''],
    ['owner is not distinct from null', 'owner equal is not distinct from constant'],
    ['id = p or (p is null and id is null)', 'id equal is not distinct from p'],
    ['(id is null and p is null) or p = id', 'id equal is not distinct from p'],
    ['id = p or (id is null and tries is null)', ''],
    ['id = p or (id is null or p is null)', ''],
    ['id = p or id is null', ''],
    ['(status, tries + id) = (p::text, 1)', ''],
    ["(status, tries) = ('a', 1)", 'status equal = a, tries equal = 1'],
    ['id in (select job_id from public.pages)', 'id in = subselect'],
    ['tries = -1', 'tries equal = -1'],
    ['run_at < now()', 'run_at range < expression'],
  ])('%s', async (condition, expected) => {
    const [line] = await bodyOf(`select 1 from public.jobs where ${condition}`);
    expect(line).toBe(`select; from public.jobs[${expected}]`);
  });
});

describe('queries', () => {
  test.each([
    [
      'select * from public.jobs order by run_at, id desc nulls last limit 10 for update skip locked',
      ['select; from public.jobs[]; order run_at; order id desc; limit constant; for update skip locked'],
    ],
    [
      'select p.url, j.run_at as due from public.jobs j join public.pages p on p.job_id = j.id and p.url is not null order by due desc, 1 limit p',
      [
        'select; from public.jobs[id equal = column]; from public.pages[job_id equal = column, url isNotNull]; join job_id=id; order run_at desc nulls first; order url; limit variable',
      ],
    ],
    [
      'select 1 from public.pages a join public.pages b using (url) where b.id = 3 and a.id = 4',
      ['select; from public.pages[id equal = 4]; from public.pages[id equal = 3]'],
    ],
    [
      "with due as (select id from public.jobs where status = 'x') select * from due d where d.id = 1",
      ['select', 'select (with); from public.jobs[status equal = x]'],
    ],
    [
      'select 1 from public.jobs j where exists (select 1 from public.pages p where p.job_id = j.id)',
      ['select; from public.jobs[]', 'select (subselect); from public.pages[job_id equal = column]; join job_id=id'],
    ],
    [
      'select id from public.jobs union all select id from public.pages where id = 1',
      ['select', 'select (arm); from public.jobs[]', 'select (arm); from public.pages[id equal = 1]'],
    ],
    [
      "select id, embedding <=> '[1]' as d from public.pages order by embedding <=> '[1]' limit 5",
      [
        'select; from public.pages[]; order ?; limit constant; distance embedding <=> computed; distance embedding <=> order',
      ],
    ],
    [
      "select 1 - (embedding <-> '[1]') as score from public.pages order by score desc",
      ['select; from public.pages[]; order ? desc nulls first; distance embedding <-> computed'],
    ],
    [
      "insert into public.jobs (id, status) values (p, 'new') on conflict (id) do update set tries = jobs.tries + 1",
      ['insert; into public.jobs[]; insert public.jobs(id variable, status new) conflict update (id)'],
    ],
    [
      "insert into public.jobs select id, 'x' from public.pages",
      ['insert; into public.jobs[]; insert public.jobs(id column, status x)', 'select (value); from public.pages[]'],
    ],
    [
      'insert into public.jobs values (1, default) on conflict do nothing',
      ['insert; into public.jobs[]; insert public.jobs(id 1, status default) conflict nothing ()'],
    ],
    [
      "update public.jobs set tries = tries + 1, status = 'x', run_at = null from public.pages g where g.job_id = jobs.id and jobs.id = p",
      [
        'update; into public.jobs[id equal = column, id equal = p]; from public.pages[job_id equal = column]; join job_id=id; update public.jobs(tries expression own, status x, run_at Symbol(NULL))',
      ],
    ],
    [
      "update public.jobs set status = 'null' where id = p",
      ['update; into public.jobs[id equal = p]; update public.jobs(status null)'],
    ],
    ['delete from public.jobs', ['delete; into public.jobs[]; delete public.jobs() all']],
    ['truncate public.jobs, public.pages', ['truncate; truncate public.jobs() all; truncate public.pages() all']],
    [
      "merge into public.jobs j using public.pages g on g.job_id = j.id when matched then update set status = 'm' when not matched then insert (id) values (g.job_id)",
      [
        'merge; into public.jobs[id equal = column]; from public.pages[job_id equal = column]; join job_id=id; update public.jobs(status m); insert public.jobs(id column)',
      ],
    ],
    [
      'select id, gone from public.jobs, public.missing',
      ['select; from public.jobs[]; unresolved public.missing, gone'],
    ],
  ])('%s', async (sql, expected) => {
    expect(await bodyOf(sql)).toEqual(expected);
  });
});

test('holders: views, materialized views, policies, triggers, rules, standard bodies', async () => {
  const { graph } = await shapes(`
    create view public.v as select id from public.jobs where status = 'v';
    create materialized view public.m as select id from public.jobs where status = 'm';
    create policy p on public.pages using (job_id in (select id from public.jobs where owner is null));
    create rule r as on delete to public.pages do also update public.jobs set tries = 0 where id = old.job_id;
    create function public.g(a int) returns int begin atomic select id from public.jobs where tries = a; end;
    create procedure public.h() language sql as $$ delete from public.jobs where id = 1 $$;`);
  const held = queriesInSchema(graph).map(({ holder, query }) => `${holder.kind} ${describeQuery(graph, query)}`);
  expect(held.sort()).toEqual([
    'function delete; into public.jobs[id equal = 1]; delete public.jobs()',
    'function select; from public.jobs[tries equal = a]',
    'materializedView select; from public.jobs[status equal = m]',
    'policy select (subselect); from public.jobs[owner isNull]',
    'rewriteRule update; into public.jobs[id equal = column]; join id=job_id; update public.jobs(tries 0)',
    'view select; from public.jobs[status equal = v]',
  ]);
  const jobs = graph.relation({ schema: 'public', name: 'jobs' });
  expect(jobs && writesTo(graph, jobs.id).map(({ write, holder }) => `${holder.kind} ${write.kind}`)).toEqual([
    'function delete',
    'rewriteRule update',
  ]);
});

test('names are found by the search_path that the function pins', async () => {
  const { graph } = await shapes(`create schema app; create table app.jobs (id int);
    create function public.a() returns bigint language sql set search_path = app, public as $$ select count(*) from jobs $$;
    create function public.b() returns bigint language sql as $$ select count(*) from jobs $$;
    create function public.c() returns bigint language sql set search_path = '' as $$ select count(*) from jobs $$;`);
  const found = queriesInSchema(graph).map(({ query }) => describeQuery(graph, query));
  expect(found).toEqual(['select; from app.jobs[]', 'select; from public.jobs[]', 'select; unresolved jobs']);
});

test('the tests of a condition about one row', async () => {
  const { graph } = await shapes(
    "create policy p on public.jobs using (status = 'open' and owner = (select current_setting('a.b')::uuid) and (done or tries = 1));",
  );
  const [policy] = [...graph.ofKind('policy')];
  const tests = policy?.using ? rowTests(policy.using).map((each) => describeTest(graph, each)) : [];
  expect(tests).toEqual(['status equal = open', 'owner equal = expression']);
});

test('places are those of the file', async () => {
  const sql = `create function public.f() returns void language plpgsql as $$
begin
  -- Größe
  update public.jobs set tries = 0 where status = 'x' order by 1;
end $$;`.replace(' order by 1', '');
  const reading = await replaySql(`create table public.jobs (id int, status text, tries int);\n${sql}`);
  const text = reading.texts.get('1.sql') ?? '';
  const [held] = queriesInSchema(reading.graph);
  const at = held?.query.at;
  expect(at && text.slice(at.start, at.end)).toBe("update public.jobs set tries = 0 where status = 'x'");
  const place = held?.query.sources[0]?.tests[0]?.at;
  expect(place && text.slice(place.start, place.end)).toBe('status');
});

test('what cannot be read is said', async () => {
  const { graph, lines } = await shapes(`
    set check_function_bodies = off;
    create function public.broken() returns void language plpgsql as $$ begin selec 1; end $$;
    create function public.js() returns void language plv8 as $$ x $$;
    create function public.half() returns void language sql as $$ select id from public.jobs; selec 2; $$;
    create function public.made(t text) returns void language plpgsql as $$ begin execute 'select ' || t; end $$;`);
  expect(unreadRoutines(graph).map(({ routine, part }) => `${routine.name.name}: ${part.what}`)).toEqual([
    'broken: syntax error at or near "selec"',
    'js: Bodies in plv8 are not read.',
    'half: syntax error at or near "selec"',
  ]);
  expect(opaqueRoutines(graph).map((each) => each.routine.name.name)).toEqual(['broken', 'js', 'half', 'made']);
  expect(lines).toEqual(['select; from public.jobs[]']);
});
