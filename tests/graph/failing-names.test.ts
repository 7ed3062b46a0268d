// Where a PL/pgSQL statement stops because of a name, and only there: each body is called on a real server.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failingNames } from '../../src/graph/failures/failing-names.ts';
import { userRoutines } from '../../src/graph/query-shapes/schema-queries.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { replaySql } from '../replay/replay-sql.ts';

const SCHEMA = `
create table notes (id int primary key, team int, body text, found boolean, tg_op text);
create table teams (id int primary key, name text);
create type pair as (a int, b int);
create schema elsewhere;
create function elsewhere.answer() returns int language sql as 'select 42';
insert into teams values (1, 'a');
insert into notes values (1, 1, 'x', true, 'y');
`;

/** Arguments and result of each function, the head of its body, and a body. */
const BODIES: readonly {
  readonly head?: string;
  readonly body: string;
  readonly args?: string;
  readonly result?: string;
}[] = [
  // Names of variables and columns
  { args: 'id int', body: 'begin return (select team from notes where id = id); end' },
  { args: 'id int', body: 'begin return (select team from notes n where n.id = NAME.id); end' },
  { args: 'id int', body: 'begin return (select name from teams t join notes n using (id) where t.id = -1); end' },
  {
    args: 'id int',
    body: 'begin insert into notes (id, team) values (7, 1); update notes set id = 8 where notes.id = 7; return 1; end',
  },
  { args: 'id int', body: 'begin insert into notes (id) values (1) on conflict (id) do nothing; return 1; end' },
  {
    args: 'id int',
    body: 'begin insert into notes (id) values (1) on conflict on constraint notes_pkey do nothing; return 1; end',
  },
  {
    args: 'id int',
    body: 'begin insert into notes (id) values (1) on conflict (id) do update set team = excluded.team; return 1; end',
  },
  {
    args: 'x int',
    body: 'begin insert into notes (id) values (1) on conflict (id) do update set team = team + 1; return 1; end',
  },
  {
    args: 'x int',
    body: 'begin insert into notes (id) values (1) on conflict (id) do update set team = notes.team + 1; return 1; end',
  },
  {
    args: 'x int',
    body: 'begin insert into notes (id) values (1) on conflict (id) do update set team = 2 where id > 5; return 1; end',
  },
  { args: 'id int', body: 'begin insert into notes (id) values (9) returning notes.id into id; return id; end' },
  { args: 'id int', body: 'begin insert into notes (id) values (9) returning id into id; return id; end' },
  { args: 'team int', body: 'begin return (select n.id from notes n order by team limit 1); end' },
  { args: 'team int', body: 'begin return (select n.team as team from notes n order by team limit 1); end' },
  { args: 'team int', body: 'begin return (select count(*) from notes n group by team limit 1); end' },
  { args: 'team int', body: 'begin return (select n.team as team from notes n group by n.team limit 1); end' },
  { args: 'team int', body: 'begin return (select max(n.id) over (partition by team) from notes n limit 1); end' },
  { args: 'x int', body: 'declare team int := (select team from notes where id = 1); begin return team; end' },
  {
    args: 'x int',
    body: 'declare team int := 1; other int := (select team from notes limit 1); begin return team; end',
  },
  { args: 'x int', body: 'begin for id in 1..(select max(id) from notes) loop null; end loop; return 1; end' },
  {
    args: 'x int',
    body: 'declare r record; begin for r in select id, team from notes loop return r.team; end loop; return 1; end',
  },
  {
    args: 'x int',
    body: 'declare team record; begin for team in select id, team from notes loop return 1; end loop; return 1; end',
  },
  {
    args: 'x int',
    body: 'declare c cursor (team int) for select id from notes where team = 1; begin open c(1); close c; return 1; end',
  },
  {
    args: 'x int',
    body: 'declare c cursor (t int) for select id from notes where team = t; begin open c(1); close c; return 1; end',
  },
  { args: 'x int', body: 'begin return (select count(*) from notes where found); end' },
  { args: 'x int', body: "begin return (select count(*) from notes where tg_op = 'y'); end" },
  { args: 'x int, out team int', body: 'begin select n.team into team from notes n limit 1; end', result: '' },
  { args: 'x int, out team int', body: 'begin select team into team from notes limit 1; end', result: '' },
  {
    args: 'x int',
    result: 'returns table (id int, name text)',
    body: 'begin return query select id, name from teams; end',
  },
  {
    args: 'x int',
    result: 'returns table (id int, name text)',
    body: 'begin return query select t.id, t.name from teams t; end',
  },
  {
    args: 'id int',
    head: '#variable_conflict use_column',
    body: 'begin return (select team from notes where id = id limit 1); end',
  },
  {
    args: 'id int',
    head: '#variable_conflict use_variable',
    body: 'begin return (select team from notes where id = id limit 1); end',
  },
  {
    args: 'id int',
    head: '#variable_conflict error',
    body: 'begin return (select team from notes where id = id limit 1); end',
  },
  { args: 'id int', body: 'begin return (with w as (select 1 as id) select count(*) from w where id = 1); end' },
  { args: 'id int', body: 'begin return (select count(*) from generate_series(1, 2) g(id) where id = 1); end' },
  {
    args: 'id int',
    body: "begin return (select count(*) from jsonb_to_recordset('[]') as r(id int) where id = 1); end",
  },
  { args: 'id int', body: 'begin return (select (select team from notes limit 1) + id); end' },
  {
    args: 'id int',
    body: 'begin delete from notes using teams where notes.team = teams.id and notes.id = -1; return 1; end',
  },
  { args: 'id int', body: 'begin delete from notes where team = -1 and id = -1; return 1; end' },
  // Names that are nowhere
  { args: 'x int', body: 'begin return (select author from notes limit 1); end' },
  { args: 'x int', body: 'begin return (select n.author from notes n limit 1); end' },
  { args: 'x int', body: 'begin insert into notes (id, author) values (1, 2); return 1; end' },
  { args: 'x int', body: 'begin update notes set author = 1 where id = -1; return 1; end' },
  { args: 'x int', body: 'begin return (select count(*) from authors); end' },
  { args: 'x int', body: 'begin return (select count(*) from public.authors); end' },
  { args: 'x int', body: 'begin if x > 5 then return (select count(*) from authors); end if; return 1; end' },
  { args: 'x int', body: 'begin return public.answer(); end' },
  { args: 'x int', body: 'begin return elsewhere.answer(); end' },
  { args: 'x int', head: '', body: 'begin return (select s.c from (select 1 as a) s); end' },
  { args: 'x int', body: 'declare p pair := row(1, 2); begin return p.a; end' },
  {
    args: 'x int',
    body: 'begin create temporary table sums as select 1 as a; return (select count(*) from sums where a = 1); end',
  },
  { args: 'x int', body: 'begin return (select count(*) from pg_class where relname is null); end' },
  {
    args: 'x int',
    body: 'begin return (select count(*) from notes where xmin is null or ctid is null or tableoid is null); end',
  },
  { args: 'x int', body: 'begin return (select count(notes) from notes where notes is null); end' },
];

/** The bodies of which nothing is said although the server stops: why. */
const UNSAID = new Map([
  [
    'begin return (select count(*) from notes where found); end',
    'found is a variable of every body, the others of some',
  ],
]);

let database: EmbeddedPostgres;
beforeAll(async () => {
  database = await startEmbeddedPostgres({ platform: 'postgres' });
});
afterAll(() => database.close());

it('names the error that the server raises', async () => {
  const functions = BODIES.map(({ head = '', body, args, result = 'returns int' }, at) => {
    const text = `${head}\n${body}`.replaceAll('NAME', `f${at}`);
    return `create function f${at}(${args}) ${result} language plpgsql set search_path = public as $$${text}$$;`;
  });
  const { graph } = await replaySql([SCHEMA, functions.join('\n')]);
  await database.exec(SCHEMA + functions.join('\n'));
  const routines = new Map(userRoutines(graph).map((each) => [each.name.name, each]));
  const raised = new Map<string, string | null>();
  const said = new Map<string, string | null>();
  for (const [at, { body, head = '' }] of BODIES.entries()) {
    const routine = routines.get(`f${at}`);
    if (routine === undefined) throw new Error(`f${at} was not read`);
    const call = `select * from f${at}(9)`;
    const key = `${head} ${body}`.trim();
    await database.exec('begin');
    raised.set(
      key,
      await database.query(call).then(
        () => null,
        (error) => (error as { code: string }).code,
      ),
    );
    await database.exec('rollback');
    said.set(key, failingNames(graph, routine)[0]?.code ?? null);
  }
  for (const key of UNSAID.keys()) raised.set(key, null);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(raised));
});
