import { describe, expect, test } from 'vitest';
import type { Entity } from '../../src/graph/entities/index.ts';
import type { Origin } from '../../src/graph/origin.ts';
import { replaySql } from './replay-sql.ts';

// A finding points at what made it so: each fact knows the words that set it.

async function places(text: string, pick: (entity: Entity) => boolean) {
  const { graph } = await replaySql(text);
  const entity = [...graph.all()].find(pick);
  const words = (origin: Origin | undefined) =>
    origin?.from === 'statement' ? text.slice(origin.at.start, origin.at.end) : undefined;
  return {
    entity,
    made: words(entity?.origin),
    set: Object.fromEntries(Object.entries(entity?.setBy ?? {}).map(([fact, origin]) => [fact, words(origin)])),
  };
}

describe('the place of a fact', () => {
  test('clauses of ALTER FUNCTION', async () => {
    const { set } = await places(
      `create function f() returns int language sql as 'select 1';
alter function f() security definer set search_path = '';`,
      (each) => each.kind === 'function',
    );
    expect(set).toEqual({ security: 'security', config: 'set' });
  });

  test('OR REPLACE sets all that a definition says', async () => {
    const { made, set } = await places(
      `create function f() returns int language sql as 'select 1';
create or replace function f() returns int language sql as 'select 2';`,
      (each) => each.kind === 'function',
    );
    expect(made).toBe(`create function f() returns int language sql as 'select 1'`);
    expect(set).toMatchObject({
      body: `create or replace function f() returns int language sql as 'select 2'`,
      config: `create or replace function f() returns int language sql as 'select 2'`,
    });
    expect(set).not.toHaveProperty('acl');
  });

  test('clauses of ALTER POLICY', async () => {
    const { set } = await places(
      `create table t (a int); create policy p on t using (a > 0);
alter policy p on t to current_user using (a > 1) with check (a > 2);`,
      (each) => each.kind === 'policy',
    );
    expect(set).toEqual({ roles: 'current_user', using: 'a > 1', check: 'a > 2' });
  });

  test('attributes of a type, checks of a domain', async () => {
    const text = `create type pair as (x int, y text); create domain d as int constraint positive check (value > 0);`;
    expect((await places(text, (each) => each.kind === 'column' && each.name === 'y')).made).toBe('y');
    expect((await places(text, (each) => each.kind === 'checkConstraint')).made).toMatch(/^constraint/);
  });

  test('a GRANT', async () => {
    const { set } = await places(
      `create role r; create table t (a int); grant select on t to r;`,
      (each) => each.kind === 'table',
    );
    expect(set).toEqual({ acl: 'grant select on t to r' });
  });
});

describe('the body of a function', () => {
  test.each([
    ['$$ select 1 $$', ' select 1 ', 'dollar'],
    ['$body$\nselect 1;\n$body$', '\nselect 1;\n', 'dollar'],
    ["'select ''x'''", "select ''x''", 'single'],
    ["E'select \\'x\\''", "select \\'x\\'", 'single'],
    ["/* as */ 'select 1'", 'select 1', 'single'],
  ])('%s', async (written, inside, quoting) => {
    const text = `-- Übung\ncreate function f() returns text language sql as ${written};`;
    const { graph } = await replaySql(text);
    const [fn] = [...graph.ofKind('function')];
    expect(fn?.body?.quoting).toBe(quoting);
    expect(text.slice(fn?.body?.at?.start, fn?.body?.at?.end)).toBe(inside);
  });

  test('BEGIN ATOMIC and RETURN', async () => {
    const text = `create table t (a int);
create function f() returns int begin atomic select 1; select a from t; end;
create function g(x int) returns int return x + f();`;
    const { graph } = await replaySql(text);
    const [f, g] = [...graph.ofKind('function')];
    expect(f?.body?.text).toBe('begin atomic select 1; select a from t; end');
    const uses = (fn: typeof f) =>
      (fn?.body?.atomic ?? []).map((statement) =>
        statement.references.map(({ target }) => graph.path(graph.find(target) as Entity)).sort(),
      );
    expect(uses(f)).toEqual([[], ['public.t', 'public.t.a']]);
    expect(g?.body?.text).toBe('return x + f()');
    expect(uses(g)).toEqual([['public.f()']]);
  });
});
