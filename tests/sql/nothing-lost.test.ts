import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeSql } from '../../src/sql/decode.ts';
import { loadParser, readSql, type SqlReading } from '../../src/sql/parse.ts';
import { splitSql } from '../../src/sql/split.ts';

beforeAll(loadParser);

const READ = [
  'select 1',
  "select 'a;b', \"c;d\", $x$ ;$$; $x$, e'\\';', 1 -- ; '\n + 1",
  "insert into t (a) values ('é😀'), (U&'\\00e9')",
  'create table "Ü" (a int, b text default \'--\', check (a > 0 and (b is not null)))',
  'create function f() returns int language plpgsql as $f$ begin return 1; -- ; \n end; $f$',
  'create function g() returns int begin atomic select case a when 1 then 2 end; select 3; end',
  'create or replace procedure p() begin atomic insert into t values (1); end',
  'create rule r as on insert to t do also (insert into u values (1); select 2)',
  "do $$ begin execute 'drop table t; --'; end $$",
  "comment on table t is 'it''s /* no comment'",
  'select 1 /* ; /* ; */ ; */ + 2',
  'begin',
  'commit',
  "copy t (a, b) from '/dev/null'",
  'select a$b$, c$d$ from t',
  "select 'a'\n  ';b'",
  'select :1 from t'.replace(':1', '$1'),
  'select x[1:2], y::text from z',
];
const REJECTED = [
  'selec 1',
  'create table t (a int',
  'create table t a int)',
  "insert into t values ('x' 'y')",
  "raise notice 'é'",
  'select :name',
  'create table t (a int,)',
  'end if',
  'select 1 from',
];
const PSQL = ['\\connect db', '\\i other.sql', "\\set x 'a;b", '\\restrict k'];
const COPY = ["1\t;\n2\t'\n\\.", 'a\\.b\n\\\\.\n\\.', '\\.'];
const BETWEEN = [';', '; ', ';\n', ';;\n', " ; -- é; '\n", ';/* ; $$ */', '\n;\r\n', ';\t\f\v'];

type Part =
  | { readonly kind: 'read' | 'rejected' | 'psql'; readonly text: string }
  | { readonly kind: 'copy'; readonly text: string; readonly data: string };

const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...READ).map((text): Part => ({ kind: 'read', text })) },
  { weight: 2, arbitrary: fc.constantFrom(...REJECTED).map((text): Part => ({ kind: 'rejected', text })) },
  { weight: 1, arbitrary: fc.constantFrom(...PSQL).map((text): Part => ({ kind: 'psql', text })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...COPY).map((data): Part => ({ kind: 'copy', text: 'copy t from stdin', data })),
  },
);
const file = fc.record({
  before: fc.constantFrom('', ' ', '\n', '-- é\n', '/* ; */'),
  parts: fc.array(fc.tuple(part, fc.constantFrom(...BETWEEN)), { maxLength: 40 }),
  crlf: fc.boolean(),
  bom: fc.boolean(),
});

/** The file, and what is in it: kind and text of every piece in order. */
function glue({ before, parts, crlf, bom }: typeof file extends fc.Arbitrary<infer File> ? File : never) {
  const line = (text: string) => (crlf ? text.replace(/\r?\n/g, '\r\n') : text);
  let text = before;
  const pieces: string[] = [];
  for (const [{ kind, ...each }, between] of parts) {
    if (kind === 'psql') {
      text += `\n${each.text}\n`;
      pieces.push(`passed over ${each.text}`);
    } else if ('data' in each) {
      text += `${each.text};\n${each.data}\n`;
      pieces.push(`read ${each.text}`, `passed over ${line(each.data)}`);
    } else {
      text += each.text + between;
      pieces.push(`${kind} ${line(each.text)}`);
    }
  }
  const encoded = new TextEncoder().encode(line(text));
  const decoded = decodeSql(bom ? Uint8Array.from([0xef, 0xbb, 0xbf, ...encoded]) : encoded, 'a.sql');
  if (!decoded.ok) throw new Error(decoded.message);
  return { text: decoded.text, pieces };
}

function piecesOf(text: string, { statements, rejected, passedOver }: SqlReading): string[] {
  const all = [
    ...statements.map(({ at }) => ({ at, kind: 'read' })),
    ...rejected.map(({ at }) => ({ at, kind: 'rejected' })),
    ...passedOver.map(({ at }) => ({ at, kind: 'passed over' })),
  ];
  all.sort((a, b) => a.at.start - b.at.start);
  return all.map(({ at, kind }) => `${kind} ${text.slice(at.start, at.end)}`);
}

describe('nothing is lost', () => {
  test('read, rejected and passed over are what was put in, however it is glued', () => {
    fc.assert(
      fc.property(file, (input) => {
        const { text, pieces } = glue(input);
        expect(piecesOf(text, readSql(text, 'a.sql'))).toEqual(pieces);
      }),
      { numRuns: 300 },
    );
  });

  test('many statements at once read as each alone, and as part of them', () => {
    fc.assert(
      fc.property(file, fc.integer({ min: 1, max: 400 }), (input, batchLength) => {
        const { text } = glue(input);
        const slow = readSql(text, 'a.sql', { batchLength: 0 });
        expect(readSql(text, 'a.sql')).toEqual(slow);
        expect(readSql(text, 'a.sql', { batchLength })).toEqual(slow);
      }),
      { numRuns: 150 },
    );
  });

  test('statements keep their trees, whatever stands before them', () => {
    const withoutPlaces = (tree: unknown) =>
      JSON.stringify(tree, (key, value) => (/location$|list_(start|end)$/.test(key) ? undefined : value));
    fc.assert(
      fc.property(file, (input) => {
        const { text } = glue(input);
        for (const { node, at } of readSql(text, 'a.sql').statements) {
          const [alone] = readSql(text.slice(at.start, at.end), 'a.sql').statements;
          expect(withoutPlaces(node)).toBe(withoutPlaces(alone?.node));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('hostile input', () => {
  const shards = fc.constantFrom(
    ...[
      "'",
      '"',
      '$$',
      '$a$',
      "e'",
      'U&"',
      '/*',
      '*/',
      '--',
      '\n',
      '\r',
      '\\',
      '\\.',
      ';',
      '(',
      ')',
      '[',
      ']',
      ':',
      '::',
    ],
    ...[
      'begin atomic',
      'end',
      'case',
      'create function f()',
      'create rule',
      'copy t from stdin;',
      'select',
      '1e',
      '0x',
      '😀',
    ],
    ...[
      '\ud800',
      '\u00a0',
      '\u2028',
      '\u0000'.replace('\u0000', '\u0001'),
      ":'v'",
      '\\gexec',
      '-',
      '+',
      '||',
      '$1',
      '..',
    ],
  );

  test('any text is read without an error, each piece once and in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(shards, fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 60 }),
        (parts) => {
          const text = parts.join(' ').replaceAll('\0', '');
          const pieces = splitSql(text);
          let last = 0;
          for (const { start, end } of pieces) {
            expect(start).toBeGreaterThanOrEqual(last);
            expect(end).toBeGreaterThan(start);
            last = end;
          }
          expect(last).toBeLessThanOrEqual(text.length);
          const reading = readSql(text, 'a.sql');
          const count = reading.statements.length + reading.rejected.length + reading.passedOver.length;
          expect(count).toBeGreaterThanOrEqual(pieces.length);
          expect(reading).toEqual(readSql(text, 'a.sql', { batchLength: 0 }));
        },
      ),
      { numRuns: 400 },
    );
  });

  test.each([
    ['unclosed quotes', "select '".repeat(40_000)],
    ['unclosed dollar quotes', Array.from({ length: 40_000 }, (_, n) => `$a${n}$ `).join('')],
    ['unclosed comments', '/* '.repeat(200_000)],
    ['closed parentheses', ')'.repeat(400_000)],
    ['operators', '+'.repeat(100_000)],
    ['errors', 'selec; '.repeat(10_000)],
    ['backslashes', '\\'.repeat(400_000)],
    ['psql commands', '\\x\n'.repeat(100_000)],
    ['COPY', 'copy t from stdin;\n\\.\n'.repeat(30_000)],
    ['words', 'begin atomic case end '.repeat(40_000)],
    ['a long name', `select ${'a'.repeat(1_000_000)}`],
  ])('%s do not take long', (_, text) => {
    const reading = readSql(text, 'a.sql');
    expect(reading.statements.length + reading.rejected.length + reading.passedOver.length).toBeGreaterThan(0);
  });
});

describe('a large file', () => {
  test('of 50 MB is read in parts, with its places', () => {
    const row = `insert into t (a, b) values (1, '${'some é text '.repeat(200)}');\n`;
    const count = Math.ceil((50 << 20) / row.length);
    const text = `select 1;\n${row.repeat(count)}selec;\ncreate table last (x int)`;
    const before = process.memoryUsage().heapUsed;
    const { statements, rejected } = readSql(text, 'a.sql');
    expect(statements).toHaveLength(count + 2);
    expect(rejected).toHaveLength(1);
    const last = statements.at(-1);
    expect(text.slice(last?.at.start, last?.at.end)).toBe('create table last (x int)');
    expect(text.slice(rejected[0]?.errorAt.start, rejected[0]?.errorAt.end)).toBe('selec');
    expect((process.memoryUsage().heapUsed - before) / text.length).toBeLessThan(20);
  });
});
