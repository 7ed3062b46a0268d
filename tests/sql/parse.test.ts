import { beforeAll, describe, expect, test } from 'vitest';
import { loadParser, readSql, type SqlReading } from '../../src/sql/parse.ts';
import { walk } from '../../src/sql/walk.ts';

beforeAll(loadParser);

/** What each part of a reading covers in the text. */
function texts(text: string, reading: SqlReading) {
  const cut = ({ at }: { at: { start: number; end: number } }) => text.slice(at.start, at.end);
  return {
    statements: reading.statements.map(cut),
    rejected: reading.rejected.map(cut),
    passedOver: reading.passedOver.map((passed) => [passed.what, cut(passed)]),
  };
}

function read(text: string, limits = {}) {
  return texts(text, readSql(text, 'a.sql', limits));
}

/** The text at the place of every column reference. */
function columnTexts(text: string): string[] {
  const found: string[] = [];
  for (const { node } of readSql(text, 'a.sql').statements) {
    walk(node, (_, inner) => {
      if ('ColumnRef' in inner) found.push(text.slice(inner.ColumnRef.location ?? -9).slice(0, 2));
      return undefined;
    });
  }
  return found;
}

describe('statements', () => {
  test('range from the first token to the last, without comments around them and the semicolon', () => {
    expect(read('-- a\n select 1 /* b */ ;;\n\nselect 2 -- c\n').statements).toEqual(['select 1', 'select 2']);
  });

  test('carry their kind and their order in the file', () => {
    const { statements, rejected } = readSql('create table t (a int); selec 1; drop table t', 'a.sql');
    expect(statements.map(({ index, kind }) => [index, kind])).toEqual([
      [0, 'CreateStmt'],
      [2, 'DropStmt'],
    ]);
    expect(rejected.map(({ index }) => index)).toEqual([1]);
  });

  test('keep their neighbours when one is refused, which names the place', () => {
    const text = 'select 1;\nselect a form b c;\nselect 2';
    const { rejected } = readSql(text, 'a.sql');
    expect(read(text).statements).toEqual(['select 1', 'select 2']);
    expect(rejected[0]?.message).toBe('syntax error at or near "b"');
    expect(text.slice(rejected[0]?.errorAt.start, rejected[0]?.errorAt.end)).toBe('b');
  });

  test('an unclosed parenthesis costs one statement', () => {
    expect(read('create table t (a int; select 1').statements).toEqual(['select 1']);
  });

  test('are read on both sides of a missing semicolon, which is said', () => {
    const text =
      "alter table t add a text default 'é' -- b\ncreate table u (x int)\n\n  CREATE POLICY p on t\n;\nselect 1";
    const { rejected } = readSql(text, 'a.sql');
    expect(read(text)).toEqual({
      statements: [
        "alter table t add a text default 'é'",
        'create table u (x int)',
        'CREATE POLICY p on t',
        'select 1',
      ],
      rejected: ['create'],
      passedOver: [],
    });
    expect(rejected[0]?.message).toBe(
      'syntax error at or near "create": a semicolon is missing before it, and before 1 more after it',
    );
    expect(read('selec 1\ncreate table t (a int)').statements).toEqual([]);
    expect(read('alter table t add a text create table u (x int)').statements).toEqual([]);
    expect(read('drop table t\n'.repeat(500))).toMatchObject({ statements: { length: 50 }, rejected: { length: 2 } });
  });

  test('what is never closed is refused, never taken for a comment', () => {
    const text = 'select 1; /* drop table t;\nselect 2';
    expect(read(text)).toEqual({ statements: ['select 1'], rejected: [text.slice(10)], passedOver: [] });
    expect(readSql("select 1; select 'a; select 2", 'a.sql').rejected[0]?.message).toContain(
      'unterminated quoted string',
    );
    const rest = readSql(`select 1; select '${'a'.repeat(80)};\nselect 2`, 'a.sql').rejected[0]?.message;
    expect(rest).toBe(`unterminated quoted string at or near "'${'a'.repeat(59)}…"`);
    const nested = readSql('select 1;\r\n/* a\r\n   files: docs/*.pdf\r\n*/\r\nselect 2', 'a.sql').rejected[0]?.message;
    expect(nested).toContain('the /* of "docs/*.pdf" in line 3 opens another one, and the next */ closes only that');
  });

  test('semicolons inside quotes, comments, dollar quotes and bodies do not cut', () => {
    for (const one of [
      `select ';', e'\\';', "a;" from t`,
      'select /* ; /* ; */ ; */ 1 -- ;\n + 2',
      'do $a$ begin; $$;$$ $b$; $a$',
      'create rule r as on insert to t do (select 1; select 2)',
      'create function f() returns int begin atomic select case when true then 1 end; select 2; end',
      'create or replace procedure p() begin atomic insert into t values (1); end',
      "select e'a'\n  '\\';b'",
      'select a$b$;select c$b$',
    ].slice(0, 7)) {
      expect(read(`${one};\nselect 1`)).toEqual({ statements: [one, 'select 1'], rejected: [], passedOver: [] });
    }
    expect(read('select a$b$;select c$b$').statements).toEqual(['select a$b$', 'select c$b$']);
  });
});

describe('places', () => {
  test('are UTF-16 offsets of the file, whatever stands before', () => {
    expect(columnTexts('select c1, c2 from t; select c3')).toEqual(['c1', 'c2', 'c3']);
    expect(columnTexts("-- Übersicht ✓ 😀\nselect c1, '😀é', c2 from t; -- é\nselect c3")).toEqual(['c1', 'c2', 'c3']);
    expect(columnTexts("values (c1); selec; select 'ß', c2 /* 😀 */, c3")).toEqual(['c1', 'c2', 'c3']);
  });

  test('of a refused token count characters, not bytes', () => {
    const text = "select 1; select '😀é' frm t";
    const [rejected] = readSql(text, 'a.sql').rejected;
    expect(text.slice(rejected?.errorAt.start, rejected?.errorAt.end)).toBe('t');
  });

  test('at the very start of the file are there', () => {
    const [statement] = readSql('select 1', 'a.sql').statements;
    expect(statement?.at).toEqual({ file: 'a.sql', start: 0, end: 8 });
    const lists: number[] = [];
    walk(readSql('values (1)', 'a.sql').statements[0]?.node, (_, inner) => {
      if ('A_Const' in inner) lists.push(inner.A_Const.location ?? -1);
      return undefined;
    });
    expect(lists).toEqual([8]);
  });
});

describe('psql', () => {
  test('commands and COPY data are passed over, and said', () => {
    const text =
      "\\restrict abc\nselect 1;\ncopy t (a) from stdin;\n1;'\n\\N\n\\.\n\nselect 2 \\gset\n\\connect x\ncopy t from stdin;\n7";
    expect(read(text)).toEqual({
      statements: ['select 1', 'copy t (a) from stdin', 'select 2', 'copy t from stdin'],
      rejected: [],
      passedOver: [
        ['psql-meta-command', '\\restrict abc'],
        ['copy-data', "1;'\n\\N\n\\."],
        ['psql-meta-command', '\\gset'],
        ['psql-meta-command', '\\connect x'],
        ['copy-data', '7'],
      ],
    });
  });

  test('ends statements with \\; and has a COPY of its own', () => {
    expect(read('begin\\; select 1\\; commit;\n\\copy t from stdin with csv\n1;2\n\\.\nselect 2')).toEqual({
      statements: ['begin', 'select 1', 'commit', 'select 2'],
      rejected: [],
      passedOver: [
        ['psql-meta-command', '\\copy t from stdin with csv'],
        ['copy-data', '1;2\n\\.'],
      ],
    });
  });

  test('variables are named as such', () => {
    const [rejected] = readSql(`select 1; select :'name'`, 'a.sql').rejected;
    expect(rejected?.message).toBe(":'name' is a variable of psql; only psql can put its value here.");
  });
});

describe('limits', () => {
  test('20,000 parentheses are too deep, and the next statement is read', () => {
    const deep = `select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`;
    expect(read(`${deep}; select 1`)).toEqual({
      statements: ['select 1'],
      rejected: [],
      passedOver: [['too-deep', deep]],
    });
  });

  test.each([
    ['sub-selects', (n: number) => `select ${'(select '.repeat(n)}1${')'.repeat(n)}`],
    ['sub-selects in FROM', (n: number) => `${'select * from ('.repeat(n)}select 1${') t'.repeat(n)}`],
    ['common table expressions', (n: number) => `${'with a as ('.repeat(n)}select 1${') select 1'.repeat(n)}`],
    ['calls', (n: number) => `select ${'f('.repeat(n)}1${')'.repeat(n)}`],
    ['JSON constructors', (n: number) => `select ${"json_object('a': ".repeat(n)}1${')'.repeat(n)}`],
    ['CASE', (n: number) => `select ${'case when true then '.repeat(n)}1${' end'.repeat(n)}`],
    ['joins in parentheses', (n: number) => `select from ${'('.repeat(n)}a${' join b on true)'.repeat(n)}`],
    ['array brackets', (n: number) => `select array${'['.repeat(n)}1${']'.repeat(n)}`],
    ['casts', (n: number) => `select cast(${'cast('.repeat(n)}1${' as int)'.repeat(n)} as int)`],
  ])('%s are read at 600 levels and passed over at 50,000', (_, nest) => {
    for (let round = 0; round < 3; round++) {
      expect(readSql(`${nest(600)}; select 1`, 'a.sql').statements).toHaveLength(2);
      expect(readSql(`${nest(50_000)}; select 1`, 'a.sql')).toMatchObject({
        statements: [{ kind: 'SelectStmt' }],
        passedOver: [{ what: 'too-deep' }],
      });
    }
  });

  test.each([
    ['operators', (n: number) => `select 1${' + 1'.repeat(n)}`],
    ['prefix operators', (n: number) => `select ${'- '.repeat(n)}x`],
    ['negations', (n: number) => `select ${'not '.repeat(n)}x`],
    ['casts', (n: number) => `select 1${'::int'.repeat(n)}`],
    ['set operations', (n: number) => `select 1, 2${' union select 1, 2'.repeat(n)}`],
    ['joins', (n: number) => `select 1 from a${' join b on true'.repeat(n)}`],
    ['tests', (n: number) => `select x${' is null between 1 and 2'.repeat(n)}`],
    ['collations', (n: number) => `select x${' collate "C"'.repeat(n)}`],
    ['time zones', (n: number) => `select x${" at time zone 'utc'".repeat(n)}`],
    ['null tests', (n: number) => `select x${' isnull'.repeat(n)}`],
    ['CASE in a chain', (n: number) => `select 1${' + case when a then b else c end'.repeat(n)}`],
  ])('chains of %s are read at 900 and passed over at 50,000', (_, chain) => {
    for (let round = 0; round < 3; round++) {
      expect(readSql(`${chain(900)}; select 1`, 'a.sql').statements).toHaveLength(2);
      expect(readSql(`${chain(50_000)}; select 1`, 'a.sql')).toMatchObject({
        statements: [{ kind: 'SelectStmt' }],
        passedOver: [{ what: 'too-deep' }],
      });
    }
  });

  test('long flat statements are not deep', () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `(${row}, 'x'::text, -1 + 2)`).join(',');
    const branches = Array.from({ length: 20_000 }, (_, row) => `when a = ${row} then b + 1`).join(' ');
    const text = `insert into t values ${rows}; update t set a = case ${branches} end; select 1 where ${'a and '.repeat(20_000)} b`;
    expect(readSql(text, 'a.sql').statements).toHaveLength(3);
  });

  test('a statement over the size limit is passed over, its neighbours are read', () => {
    const long = `select '${'é'.repeat(100)}'`;
    expect(read(`select 1; ${long}; select 2`, { statementBytes: 200 })).toEqual({
      statements: ['select 1', 'select 2'],
      rejected: [],
      passedOver: [['too-large', long]],
    });
  });
});
