import type { Node } from '@pgsql/types';
import { parsePlPgSQLSync } from 'libpg-query';
import { beforeAll, describe, expect, test } from 'vitest';
import { stringsOf } from '../../src/sql/nodes.ts';
import { loadParser, readSql } from '../../src/sql/parse.ts';
import type { PlBlock, PlStatement } from '../../src/sql/plpgsql/tree.ts';
import { parsePlpgsqlBody } from '../../src/sql/plpgsql.ts';
import { tokenEnd } from '../../src/sql/token.ts';
import { walk } from '../../src/sql/walk.ts';

beforeAll(loadParser);

function reading(text: string) {
  const [statement] = readSql(text, 'f.sql').statements;
  if (statement === undefined) throw new Error('not a statement');
  return parsePlpgsqlBody(statement, text);
}

function block(text: string): PlBlock {
  const read = reading(text);
  if (read?.ok !== true) throw new Error(read?.message ?? 'no plpgsql');
  return read.block;
}

/** A statement list in a DO block. */
const body = (statements: string, declarations = '') => `do $$ declare ${declarations} begin\n${statements}\nend $$`;

function only(statements: string, declarations = ''): PlStatement {
  const [first, second] = block(body(statements, declarations)).body;
  if (first === undefined || second !== undefined) throw new Error('not one statement');
  return first;
}

const EVERYTHING = `-- é
create or replace function f(a int, b text default 'x') returns setof int language plpgsql as $body$
#variable_conflict use_column
<<outside>>
declare
  x int := 1 + 2;
  y t%rowtype;
  r record;
  z constant public.t.c%type not null default 'é;';
  "Odd Name" text[] = array['a'];
  cur no scroll cursor (k int, l numeric(10, 2)) for select * from t where id = k;
  un refcursor;
  al alias for $1;
begin
  x := x + 1; x = 2;
  select a, b into x, b from t where id = x;
  select * into strict r from t;
  insert into t select 1 returning id into x;
  with q as (insert into t values (1) returning id) select id into x from q;
  if x > 1 then return; elsif x = 2 then null; elseif x = 3 then x := 3; else raise notice 'hi % %', x, 'y'; end if;
  case x when 1, 2 then perform f(1); else execute format('drop table %I', b) into r using x, b; end case;
  case when x is null then null; end case;
  for i in reverse 10..1 by 2 loop exit when i > 2; continue; end loop;
  <<l>> for r in select * from t loop return next x; exit l; end loop l;
  for x, b in select 1, 'b' loop null; end loop;
  for r in execute 'select 1' using 2, 3 loop null; end loop;
  foreach x slice 0 in array array[1,2] loop null; end loop;
  while true loop exit; end loop;
  loop exit; end loop;
  open cur(1, l := 2); fetch next from cur into r; move forward 2 in cur; close cur;
  open un for select 1; open un no scroll for execute 'select 1' using x; fetch un into x;
  for r in cur(2, 3) loop null; end loop;
  get diagnostics x = row_count, b := pg_context;
  return query select 1; return query execute 'select 1' using 3;
  raise exception using errcode = '22012', message = 'm';
  raise warning 'x % %%', x using hint = 'h';
  raise unique_violation; raise sqlstate '22012'; raise;
  assert x = 1, 'no';
  call p(1); do $q$ begin null; end $q$;
  commit and chain; rollback;
  x[1] := 2; r.f := null; outside.x := 3;
  create table zz (a int);
  grant select on t to public;
  execute 'begin; end';
  x := count(*) from t where a > 1;
  b := case when x > 1 then 'then' else 'loop' end || $s$; end$s$;
  begin null; exception
    when unique_violation or sqlstate '22012' then raise;
    when others then get stacked diagnostics b = message_text;
  end;
  return;
end outside; $body$`;

describe('a body', () => {
  test('has the statements that the server reads in it, on their lines', () => {
    const names: Record<string, string> = {
      ...{
        execsql: 'sql',
        dynexecute: 'execute',
        return_next: 'return-next',
        return_query: 'return-query',
        fori: 'for-range',
      },
      ...{
        fors: 'for-query',
        dynfors: 'for-execute',
        forc: 'for-cursor',
        foreach_a: 'foreach',
        getdiag: 'diagnostics',
      },
    };
    const expected: string[] = [];
    const server = JSON.stringify(parsePlPgSQLSync(EVERYTHING));
    JSON.parse(server, function (this: Record<string, { lineno?: number }>, key) {
      const name = /^PLpgSQL_stmt_(.*)$/.exec(key)?.[1];
      if (name !== undefined && name !== 'block' && this[key]?.lineno !== undefined) {
        expected.push(`${this[key].lineno + 1} ${names[name] ?? name}`);
      }
      return this[key];
    });
    const found: string[] = [];
    JSON.stringify(block(EVERYTHING), (key, value) => {
      if (key === 'tree') return undefined;
      if (
        typeof value?.kind === 'string' &&
        value.at !== undefined &&
        !/^(variable|alias|cursor|block|null)$/.test(value.kind)
      ) {
        const kind = value.kind
          .replace('return-execute', 'return-query')
          .replace('continue', 'exit')
          .replace('move', 'fetch');
        found.push(`${EVERYTHING.slice(0, value.at.start).split('\n').length} ${kind}`);
      }
      return value;
    });
    // A label is part of a loop here, and the line of what follows it there.
    expect(found.toSorted()).toEqual(expected.toSorted());
    expect(found.length).toBeGreaterThan(50);
  });

  test('has its SQL as trees with places in the file', () => {
    const named: [string, string][] = [];
    const nameAt = (offset = -1) => EVERYTHING.slice(offset, tokenEnd(EVERYTHING, offset));
    JSON.stringify(block(EVERYTHING), (key, value) => {
      if (key !== 'tree') return value;
      walk(value as Node, (_, node) => {
        if ('ColumnRef' in node)
          named.push([stringsOf(node.ColumnRef.fields)[0] ?? '*', nameAt(node.ColumnRef.location)]);
        if ('RangeVar' in node) named.push([node.RangeVar.relname ?? '', nameAt(node.RangeVar.location)]);
        return undefined;
      });
      return undefined;
    });
    for (const [name, written] of named) expect(written).toBe(name);
    expect(named.length).toBeGreaterThan(40);
  });

  test('has its declarations', () => {
    const { declarations, label } = block(EVERYTHING);
    expect(label).toBe('outside');
    expect(
      declarations.map((each) => {
        if (each.kind === 'alias') return [each.name, each.of];
        if (each.kind === 'cursor')
          return [each.name, each.parameters.map(({ name, type }) => [name, type.text]), each.query.text];
        return [each.name, each.type.text, each.type.reference, each.constant, each.notNull, each.default?.text];
      }),
    ).toEqual([
      ['x', 'int', undefined, false, false, '1 + 2'],
      ['y', 't%rowtype', 'rowtype', false, false, undefined],
      ['r', 'record', undefined, false, false, undefined],
      ['z', 'public.t.c%type', 'type', true, true, "'é;'"],
      ['Odd Name', 'text[]', undefined, false, false, "array['a']"],
      [
        'cur',
        [
          ['k', 'int'],
          ['l', 'numeric(10, 2)'],
        ],
        'select * from t where id = k',
      ],
      ['un', 'refcursor', undefined, false, false, undefined],
      ['al', '$1'],
    ]);
  });
});

describe('statements', () => {
  test('of SQL lose the INTO of PL/pgSQL, and keep their own', () => {
    expect(only('select a, b into strict x, r.f from t;')).toMatchObject({
      kind: 'sql',
      sql: { tree: { SelectStmt: { fromClause: [{}] } }, text: 'select a, b into strict x, r.f from t' },
      into: { strict: true, targets: [{ name: ['x'] }, { name: ['r', 'f'] }] },
    });
    expect(only('insert into t select 1;')).toMatchObject({ sql: { tree: { InsertStmt: {} } }, into: undefined });
    expect(only('merge into t using u on true when matched then do nothing;')).toMatchObject({ into: undefined });
  });

  test('EXECUTE takes INTO and USING in either order', () => {
    for (const tail of ['into x using a, b', 'using a, b into x']) {
      expect(only(`execute 'select $1' ${tail};`)).toMatchObject({
        kind: 'execute',
        query: { tree: { A_Const: { sval: { sval: 'select $1' } } } },
        into: { targets: [{ name: ['x'] }] },
        using: [{ text: 'a' }, { text: 'b' }],
      });
    }
  });

  test('RAISE in all its forms', () => {
    const plain = { message: undefined, params: [], condition: undefined, options: [], level: 'exception' };
    expect(only('raise;')).toMatchObject(plain);
    expect(only('raise division_by_zero;')).toMatchObject({
      ...plain,
      condition: { kind: 'name', value: 'division_by_zero' },
    });
    expect(only("raise sqlstate 'P0001' using message = 'a' || b, hint := 'c';")).toMatchObject({
      ...plain,
      condition: { kind: 'sqlstate', value: 'P0001' },
      options: [
        { name: 'message', value: { text: "'a' || b" } },
        { name: 'hint', value: { text: "'c'" } },
      ],
    });
    expect(only("raise notice 'it''s %', f(a, b);")).toMatchObject({
      ...plain,
      level: 'notice',
      message: "it's %",
      params: [{ text: 'f(a, b)' }],
    });
  });

  test('loops tell a range from a query from a cursor', () => {
    expect(only('for i in 1..array_length(a, 1) loop end loop;')).toMatchObject({
      kind: 'for-range',
      from: { text: '1' },
      to: { text: 'array_length(a, 1)' },
      step: undefined,
    });
    expect(only('for a, b in select 1, 2 loop end loop;')).toMatchObject({ kind: 'for-query', targets: [{}, {}] });
    expect(only('for r in c loop end loop;', 'c cursor for select 1;')).toMatchObject({
      kind: 'for-cursor',
      cursor: { name: ['c'] },
    });
    expect(only('for r in execute q using 1 loop end loop;')).toMatchObject({ kind: 'for-execute', using: [{}] });
  });

  test('words of the language can be names of variables', () => {
    expect(only('open := 1;')).toMatchObject({ kind: 'assign', target: { text: 'open' } });
    expect(only('new."Weird.Name" = old.a;')).toMatchObject({ kind: 'assign', target: { text: 'new."Weird.Name"' } });
    expect(only('"if"[1] := 2;')).toMatchObject({ kind: 'assign', value: { tree: { A_Const: {} } } });
  });

  test('an expression with FROM has the tree of a query', () => {
    expect(only('x := count(*) from t;')).toMatchObject({
      value: { tree: { SelectStmt: {} }, text: 'count(*) from t' },
    });
    expect(only('perform a from t where b;')).toMatchObject({
      kind: 'perform',
      query: { tree: { SelectStmt: { whereClause: {} } } },
    });
  });
});

describe('places', () => {
  test.each([
    ['dollar quotes', (sql: string) => `do $é$${sql}$é$`],
    ['single quotes', (sql: string) => `do '${sql.replaceAll("'", "''")}'`],
    ['an escape string', (sql: string) => `do e'${sql.replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`],
    [
      'a function',
      (sql: string) => `create function f() returns void as $$${sql}$$ language 'plpgsql' security definer`,
    ],
  ])('are in the file, in %s', (_, quote) => {
    const text = `-- é\n${quote("begin\n perform 'it''s', marker;\n raise notice 'x %', marker; end")}`;
    const [perform, raise] = block(text).body;
    if (perform?.kind !== 'perform' || raise?.kind !== 'raise') throw new Error('wrong statements');
    expect(text.slice(perform.at.start).slice(0, 7)).toBe('perform');
    expect(text.slice(0, perform.at.end)).toMatch(/marker$/);
    let column = -1;
    walk(perform.query.tree, (_, node) => {
      if ('ColumnRef' in node) column = node.ColumnRef.location ?? -1;
      return undefined;
    });
    expect(text.slice(column).slice(0, 7)).toBe('marker;');
    const [param] = raise.params;
    expect(text.slice(param?.at.start, param?.at.end)).toBe('marker');
  });

  test('of errors are those of the token that does not fit', () => {
    for (const [text, token] of [
      [body('if a then null; end loop;'), 'loop'],
      [body('x := 1 +;'), ''],
      [body("select '1' frm t where;"), 't'],
      [body('perform 1'), ''],
      [body('null;', 'x int int;'), 'int int'],
      ['do $$ begin null; end; null; $$', 'null'],
    ] as const) {
      const read = reading(text);
      if (read?.ok !== false) throw new Error(`read: ${text}`);
      expect(text.slice(read.at.start, read.at.end)).toBe(token);
      expect(read.message).not.toBe('');
    }
  });
});

describe('other bodies', () => {
  test('are not read', () => {
    expect(reading('create function f() returns int language sql as $$ select 1 $$')).toBeUndefined();
    expect(reading('create function f() returns int language sql begin atomic select 1; end')).toBeUndefined();
    expect(reading('select 1')).toBeUndefined();
    expect(reading("do language plpython3u 'pass'")).toBeUndefined();
  });

  test('that are hostile end in an answer', () => {
    for (const hostile of [
      'begin '.repeat(5_000),
      'begin if true then '.repeat(5_000),
      `begin x := ${'('.repeat(20_000)}1${')'.repeat(20_000)}; end`,
      'declare x int',
      'begin perform 1',
      "begin raise 'a",
      'begin x[',
      '<<',
      '#',
      '',
      'begin for in loop end',
      'declare c cursor (',
      'begin execute',
    ]) {
      expect(reading(`do $x$${hostile}$x$`)).toMatchObject({ ok: false });
    }
  });
});
