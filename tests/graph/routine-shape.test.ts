// What PL/pgSQL bodies do: look and then insert, catch errors, EXECUTE texts, set NEW, take locks.
import { describe, expect, test } from 'vitest';
import { routineShape } from '../../src/graph/query-shapes/routine-shape.ts';
import { columnsSetByTriggers } from '../../src/graph/query-shapes/trigger-columns.ts';
import { replaySql } from '../replay/replay-sql.ts';

const TABLES = `
create table public.users (id int primary key, email text unique, n int, updated_at timestamptz);
create table public.accounts (id int primary key, owner int, balance int);
create function public.note(t text) returns void language sql as $$ insert into public.accounts (id) values (1) $$;
`;

async function shapeOf(
  body: string,
  options: { parameters?: string; returns?: string; declare?: string; more?: string } = {},
) {
  const { parameters = 'p_email text', returns = 'void', declare = '', more = '' } = options;
  const head = declare === '' ? '' : `declare ${declare}`;
  const { graph, texts } = await replaySql(
    `${TABLES}\ncreate function public.f(${parameters}) returns ${returns} language plpgsql as $$ ${head} begin ${body} end $$; ${more}`,
  );
  const [routine] = graph.functions({ schema: 'public', name: 'f' });
  if (!routine) throw new Error('no function');
  return { graph, shape: routineShape(graph, routine), text: texts.get('1.sql') ?? '' };
}

const INSERT = 'insert into public.users (email) values (p_email);';
const LOOK = 'select 1 from public.users where email = p_email';

describe('looking for a row and inserting one', () => {
  test.each([
    [`if not exists (${LOOK}) then ${INSERT} end if;`, 'exists'],
    [`if exists (${LOOK}) then null; else ${INSERT} end if;`, 'exists'],
    [`if exists (${LOOK}) then raise exception 'taken'; end if; ${INSERT}`, 'exists'],
    [`if exists (${LOOK}) then return; end if; perform 1; ${INSERT}`, 'exists'],
    [`if p_email is not null and not exists (${LOOK}) then ${INSERT} end if;`, 'exists'],
    [`if p_email is null or exists (${LOOK}) then return; else ${INSERT} end if;`, 'exists'],
    [`if p_email = 'x' then null; elsif exists (${LOOK}) then null; else ${INSERT} end if;`, 'exists'],
    [`perform ${LOOK.slice(7)}; if not found then ${INSERT} end if;`, 'found'],
    [
      'select id into v from public.users where email = p_email; if not found then insert into public.users (id) values (1); end if;',
      'found',
    ],
    [
      'select id into v from public.users where email = p_email; if v is null then insert into public.users (id) values (1); end if;',
      'isNull',
    ],
    [
      'select * into r from public.users where email = p_email; if r.id is null then insert into public.users (id) values (1); end if;',
      'isNull',
    ],
    [
      'v := (select id from public.users where email = p_email); if v is not null then return; end if; insert into public.users (id) values (1);',
      'isNull',
    ],
    [
      'select count(*) into v from public.users where email = p_email; if v = 0 then insert into public.users (id) values (1); end if;',
      'count',
    ],
    [
      'if (select count(*) from public.users where email = p_email) > 0 then null; else insert into public.users (id) values (1); end if;',
      'count',
    ],
    [
      'select exists (select 1 from public.users where email = p_email) into b; if not b then insert into public.users (id) values (1); end if;',
      'exists',
    ],
    [
      'update public.users set n = n + 1 where email = p_email; if not found then insert into public.users (id) values (1); end if;',
      'updated',
    ],
    [
      'update public.users set n = 1 where email = p_email; get diagnostics v = row_count; if v = 0 then insert into public.users (id) values (1); end if;',
      'count',
    ],
  ])('%s', async (body, form) => {
    const { shape, graph } = await shapeOf(body, { declare: 'v int; r record; b boolean;' });
    const found = shape.checksThenInserts.map(
      (each) => `${each.form} ${graph.path(graph.get('table', each.relation))}`,
    );
    expect(found).toEqual([`${form} public.users`]);
  });

  test.each([
    `if exists (${LOOK}) then ${INSERT} end if;`,
    `if not exists (select 1 from public.accounts) then ${INSERT} end if;`,
    `if exists (${LOOK}) then return; end if;`,
    `if exists (${LOOK}) then perform 1; end if; ${INSERT}`,
    'select id into v from public.users; v := 3; if v is null then insert into public.users (id) values (1); end if;',
    `perform ${LOOK.slice(7)}; perform 1 from public.accounts; if not found then ${INSERT} end if;`,
    INSERT,
  ])('not: %s', async (body) => {
    const { shape } = await shapeOf(body, { declare: 'v int;' });
    expect(shape.checksThenInserts).toEqual([]);
  });

  test.each([
    [`begin if not exists (${LOOK}) then ${INSERT} end if; exception when unique_violation then null; end;`, 'handled'],
    [`begin if not exists (${LOOK}) then ${INSERT} end if; exception when division_by_zero then null; end;`, ''],
    [`perform pg_advisory_xact_lock(1); if not exists (${LOOK}) then ${INSERT} end if;`, 'advisory'],
    [`lock table public.users; if not exists (${LOOK}) then ${INSERT} end if;`, 'table'],
    [`perform 1 from public.accounts where id = 1 for update; if not exists (${LOOK}) then ${INSERT} end if;`, 'row'],
    [`perform 1 from public.users where id = 1 for update; if not found then ${INSERT} end if;`, ''],
    [
      `if not exists (${LOOK}) then insert into public.users (email) values (p_email) on conflict do nothing; end if;`,
      'conflict',
    ],
  ])('protection: %s', async (body, expected) => {
    const { shape } = await shapeOf(body);
    const [check] = shape.checksThenInserts;
    const protection = [check?.isHandled && 'handled', check?.lockedBy, check?.write.onConflict && 'conflict'];
    expect(protection.filter(Boolean).join(' ')).toBe(expected);
  });
});

describe('exception handlers', () => {
  test.each([
    ['null;', 'empty'],
    ['return;', ''],
    ['raise;', 'reraises'],
    ["raise exception 'no: %', sqlerrm;", 'reraises'],
    ["raise warning 'no: %', sqlerrm;", 'warning'],
    ['insert into public.accounts (id) values (1);', 'records'],
    ['perform public.note(sqlerrm);', 'records usesError'],
    ["if p_email = 'x' then raise; end if;", 'reraises'],
    ['p_email := sqlstate;', 'usesError'],
    ['get stacked diagnostics p_email = message_text;', 'usesError'],
  ])('%s', async (handler, expected) => {
    const { shape } = await shapeOf(`perform 1; exception when others then ${handler}`);
    const [one] = shape.handlers;
    const says = [
      one?.isEmpty && 'empty',
      one?.reraises && 'reraises',
      one?.records && 'records',
      one?.usesError && 'usesError',
      ...(one?.raises ?? []),
    ];
    expect([one?.catchesAll, says.filter(Boolean).join(' ')]).toEqual([true, expected]);
  });

  test('conditions', async () => {
    const { shape } = await shapeOf(
      "perform 1; exception when unique_violation or sqlstate 'P0001' then null; when others then null;",
    );
    expect(shape.handlers.map((each) => each.conditions)).toEqual([['unique_violation', 'P0001'], ['others']]);
  });
});

describe('EXECUTE', () => {
  const parameters = 'p text, n int, i uuid, j jsonb, t regclass';
  test.each([
    ["execute 'select 1 from ' || p;", 'p parameter'],
    ["execute 'select 1 from ' || quote_ident(p);", ''],
    ["execute format('select %I from %s', p, p);", 'p parameter'],
    ["execute format('select %I, %L', p, p);", ''],
    ["execute format('select %2$s, %1$L', n, p);", 'p parameter'],
    ["execute format('select %s limit %s', quote_literal(p), n);", 'n parameter harmless'],
    ["execute 'delete from ' || t || ' where id = ' || i;", 't parameter harmless, i parameter harmless'],
    ["execute 'select 1 where a = $1' using p;", ''],
    ["v := 'select ' || p; execute v;", 'p parameter'],
    ["v := 'select 1'; if n > 1 then v := v || ' where ' || p; end if; execute v;", 'p parameter'],
    ["v := 'select 1'; execute v;", ''],
    ["v := quote_ident(p); execute 'select ' || v;", ''],
    ["execute 'select ' || case when p = 'a' then 'x' else 'y' end;", ''],
    ["execute 'select ' || coalesce(nullif(p, ''), 'x');", 'p parameter'],
    ["execute 'select ' || upper(trim(p));", 'p parameter'],
    ["execute concat('select ', j ->> 'k');", 'j parameter'],
    ["for r in select relname from pg_class loop execute 'drop table ' || r.relname; end loop;", 'r.relname query'],
    ["execute 'select ' || (select email from public.users limit 1);", 'email query'],
    ["execute 'select ' || k;", ''],
    ["return query execute 'select ' || p;", 'p parameter'],
    ["for r in execute 'select ' || p loop null; end loop;", 'p parameter'],
  ])('%s', async (body, expected) => {
    const { shape } = await shapeOf(body, { parameters, declare: 'v text; r record; k int;', returns: 'setof int' });
    const found = shape.dynamic.flatMap((each) => each.unquoted);
    expect(found.map((each) => `${each.name} ${each.source}${each.canHoldSql ? '' : ' harmless'}`).join(', ')).toBe(
      expected,
    );
  });

  test('what a constant text does counts with the rest', async () => {
    const { shape, graph } = await shapeOf("v := 'delete from public.users where id = $1'; execute v using 1;", {
      declare: 'v text;',
    });
    expect(shape.dynamic.map((each) => each.constant)).toEqual(['delete from public.users where id = $1']);
    const writes = shape.queries
      .flatMap((each) => each.writes)
      .map((each) => each.relation && graph.path(graph.get('table', each.relation)));
    expect([writes, shape.isWhole]).toEqual([['public.users'], true]);
  });

  test('NEW is what a row holds', async () => {
    const { shape } = await shapeOf("execute 'select ' || new.email || new.id; return new;", {
      parameters: '',
      returns: 'trigger',
      more: 'create trigger t before insert on public.users for each row execute function public.f();',
    });
    const found = shape.dynamic.flatMap((each) => each.unquoted);
    expect(found.map((each) => [each.name, each.source, each.canHoldSql])).toEqual([
      ['new.email', 'row', true],
      ['new.id', 'row', false],
    ]);
  });
});

test('writes in order, with the loop around them and whether their outcome is looked at', async () => {
  const { shape, graph } = await shapeOf(
    `for r in select id from public.users where n = 0 for update skip locked loop
       update public.users set n = 1 where id = r.id and n = 0;
       if found then insert into public.accounts (id) values (r.id); end if;
     end loop;
     delete from public.accounts where id = 1 returning id into v;
     if v is null then raise exception 'none'; end if;
     update public.accounts set balance = 0 where id = 2;
     update public.users set n = 0;`,
    { declare: 'r record; v int;' },
  );
  const lines = shape.writes.map(
    ({ write, loop, isOutcomeTested, isConditional }) =>
      `${write.kind} ${write.relation && graph.path(graph.get('table', write.relation))}${loop?.lock?.skipsLocked ? ' in loop' : ''}${isOutcomeTested ? ' tested' : ''}${isConditional ? ' conditional' : ''}`,
  );
  expect(lines).toEqual([
    'update public.users in loop tested conditional',
    'insert public.accounts in loop conditional',
    'delete public.accounts tested',
    'update public.accounts',
    'update public.users',
  ]);
  const [update] = shape.writes;
  expect(update?.query.sources[0]?.tests.map((each) => each.variable ?? each.constants.join())).toEqual(['r.id', '0']);
});

test('locks and calls', async () => {
  const { shape, graph } = await shapeOf(
    'perform pg_try_advisory_lock(1); lock table public.users; perform public.note(p_email);',
  );
  expect(shape.locks.map((each) => each.kind)).toEqual(['advisory', 'table']);
  expect(shape.calls.map((id) => graph.path(graph.get('function', id)))).toEqual(['public.note(text)']);
});

test('a name that is a variable and a column tells nothing', async () => {
  const { shape } = await shapeOf('update public.users set n = 1 where email = email and id = 3;', {
    parameters: 'email text',
  });
  expect(shape.queries[0]?.sources[0]?.tests.map((each) => each.constants.join())).toEqual(['3']);
});

test('the columns that triggers set', async () => {
  const { graph } = await replaySql(`${TABLES}
    create function public.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); if new.n is null then new.n := 0; end if; return new; end $$;
    create function public.late() returns trigger language plpgsql as $$ begin new.email := 'x'; return new; end $$;
    create function public.whole() returns trigger language plpgsql as $$ begin new := old; return new; end $$;
    create trigger a before insert or update on public.users for each row execute function public.touch();
    create trigger b after update on public.users for each row execute function public.late();
    create trigger c before delete on public.users for each row execute function public.late();
    create trigger d before update on public.accounts for each row execute function public.whole();`);
  const table = (name: string) => {
    const found = graph.relation({ schema: 'public', name });
    if (!found) throw new Error(`no ${name}`);
    return found.id;
  };
  const users = columnsSetByTriggers(graph, table('users'), 'update');
  expect(users.sets.map((each) => [graph.columnNames([each.column])[0], each.assignment?.isConditional])).toEqual([
    ['updated_at', false],
    ['n', true],
  ]);
  expect(users.unknown).toEqual([]);
  expect(columnsSetByTriggers(graph, table('accounts'), 'update').unknown.map((each) => each.name)).toEqual(['d']);
});
