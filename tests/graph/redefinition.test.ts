import { describe, expect, test } from 'vitest';
import { routineLocks } from '../../src/graph/query-shapes/routine-locks.ts';
import { redefinition } from '../../src/graph/routines/redefinition.ts';
import { clauseStart, closingBracket } from '../../src/sql/clause-places.ts';
import { replaySql } from '../replay/replay-sql.ts';

async function rewritten(sql: string, at: string, name = 'f') {
  const { graph, texts } = await replaySql(sql);
  const [routine] = graph.functions({ schema: 'public', name });
  if (!routine) throw new Error('no function');
  const place = (texts.get('1.sql') ?? '').indexOf(at);
  return redefinition(routine, texts, [{ at: place, text: '/* here */ ' }]);
}

describe('a routine written anew', () => {
  test.each([
    [
      'create function public.f() returns int language sql as $$ select 1 $$;',
      'create or replace function public.f() returns int language sql as $$ /* here */ select 1 $$;',
    ],
    [
      'CREATE OR REPLACE FUNCTION f(a int default 3)\n returns int as $x$ select 1 $x$ language sql',
      'create or replace FUNCTION f(a int default 3)\n returns int as $x$ /* here */ select 1 $x$ language sql;',
    ],
    // quoted otherwise; altered since
    ["create function public.f() returns int language sql as 'select 1';", undefined],
    [
      'create function public.f() returns int language sql as $$ select 1 $$; alter function public.f() stable;',
      undefined,
    ],
    // made by a DO block
    [
      'do $d$ begin create function public.f() returns int language sql as $$ select 1 $$; end $d$;',
      'create or replace function public.f() returns int language sql as $$ /* here */ select 1 $$;',
    ],
    // the last of two definitions
    [
      'create function public.f() returns int language sql as $$ select 2 $$; alter function public.f() stable; create or replace function public.f() returns int language sql as $$ select 1 $$;',
      'create or replace function public.f() returns int language sql as $$ /* here */ select 1 $$;',
    ],
  ])('%s', async (sql, expected) => {
    expect(await rewritten(sql, 'select 1')).toBe(expected);
  });
});

test('clauses and brackets', () => {
  const text = "insert into t values ('returning', (select x returning)) /* returning */ returning id";
  expect(clauseStart(text, 'returning')).toBe(text.lastIndexOf('returning'));
  expect(clauseStart('select 1', 'returning')).toBeUndefined();
  expect(closingBracket("a = (b) and ')' = c) or d", 0)).toBe(19);
  expect(closingBracket('a = (b)', 0)).toBeUndefined();
});

test('the locks of a routine, in their order', async () => {
  const { graph } = await replaySql(`
    create table public.a (id int primary key, n int);
    create table public.b (id int primary key, n int);
    create function public.f(p int) returns void language plpgsql as $$
    begin
      perform 1 from public.b where id = p for update;
      insert into public.a (id) values (p);
      update public.a set n = 1 where id = p;
      if found then
        delete from public.b where id = p;
      end if;
    end $$;
    create function public.g(p int) returns void language plpgsql as $$
    begin
      perform pg_advisory_xact_lock(p);
      update public.a set n = 1 where id = p;
    end $$;`);
  const locks = (name: string) =>
    graph.functions({ schema: 'public', name }).flatMap((routine) =>
      routineLocks(graph, routine).map(({ table, isConditional }) => {
        const found = graph.find(table);
        return `${found ? graph.path(found) : '?'}${isConditional ? '?' : ''}`;
      }),
    );
  expect(locks('f')).toEqual(['public.b?', 'public.a', 'public.b?']);
  expect(locks('g')).toEqual([]);
});
