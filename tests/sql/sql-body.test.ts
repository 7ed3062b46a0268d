import { beforeAll, describe, expect, test } from 'vitest';
import { loadParser, readSql } from '../../src/sql/parse.ts';
import { parseSqlBody } from '../../src/sql/sql-body.ts';
import { walk } from '../../src/sql/walk.ts';

beforeAll(loadParser);

function statements(text: string) {
  const [statement] = readSql(text, 'f.sql').statements;
  const body = statement === undefined ? undefined : parseSqlBody(statement, text);
  return body?.statements.map(({ kind, at, node }) => {
    const columns: string[] = [];
    walk(node, (_, inner) => {
      if ('ColumnRef' in inner) columns.push(text.slice(inner.ColumnRef.location).charAt(0));
      return undefined;
    });
    return [kind, text.slice(at.start, at.end), columns.join('')];
  });
}

describe('parseSqlBody', () => {
  test.each([
    ['$$select a; -- é\n insert into t values (b) returning c$$', ['select a', 'insert into t values (b) returning c']],
    ["'select ''é'', a'", ["select ''é'', a"]],
    ["E'select \\'é\\', a;\\nselect b'", ["select \\'é\\', a", 'select b']],
    ["'select a'\n  ', b'", ["select a'\n  ', b"]],
  ])('reads %s', (body, texts) => {
    const found = statements(`-- é\ncreate function f() returns text language sql as ${body}`);
    expect(found?.map(([, text]) => text)).toEqual(texts);
    expect(found?.map(([, , columns]) => columns).join('')).toBe(
      'abc'.slice(0, found?.map((one) => one[2]).join('').length),
    );
    expect(found?.[0]?.[2]).toMatch(/^a/);
  });

  test('has the statements of BEGIN ATOMIC and RETURN with their ranges', () => {
    expect(
      statements(
        `create function f(x int = (1)) returns int begin atomic select case when a then ';' end; ; insert into t values (b); end`,
      ),
    ).toEqual([
      ['SelectStmt', "select case when a then ';' end", 'a'],
      ['InsertStmt', 'insert into t values (b)', 'b'],
    ]);
    expect(statements('create function f() returns int stable return a + (b)')).toEqual([
      ['ReturnStmt', 'return a + (b)', 'ab'],
    ]);
  });

  test('refuses one statement, and reads the others', () => {
    const text = 'create function f() returns int language sql as $$selec 1; select 2$$';
    const [statement] = readSql(text, 'f.sql').statements;
    if (statement === undefined) throw new Error('not read');
    const body = parseSqlBody(statement, text);
    expect(body?.statements).toHaveLength(1);
    const [rejected] = body?.rejected ?? [];
    expect(text.slice(rejected?.errorAt.start, rejected?.errorAt.end)).toBe('selec');
  });

  test('leaves other languages alone', () => {
    expect(statements('create function f() returns int language plpgsql as $$ begin end $$')).toBeUndefined();
    expect(statements("create function f() returns int language c as 'lib', 'symbol'")).toBeUndefined();
  });
});
