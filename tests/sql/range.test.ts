import type { Node } from '@pgsql/types';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadParser, readSql } from '../../src/sql/parse.ts';
import { expressionRange, makeExpression } from '../../src/sql/range.ts';
import { walkBelow } from '../../src/sql/walk.ts';

beforeAll(loadParser);

/** The value of the one column that a SELECT has. */
function columnValue(node: Node | undefined): Node | undefined {
  if (node === undefined || !('SelectStmt' in node)) return undefined;
  const [target, more] = node.SelectStmt.targetList ?? [];
  return more === undefined && target !== undefined && 'ResTarget' in target && !node.SelectStmt.fromClause
    ? target.ResTarget.val
    : undefined;
}

function withoutPlaces(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value) => (/location$|list_(start|end)$/.test(key) ? undefined : value)) ?? 'null',
  );
}

const EXPRESSIONS = [
  '1',
  '- 1.5',
  "'it''s'",
  "'a'\n  'b'",
  "e'\\''",
  "u&'x!0041' uescape '!'",
  "b'101'",
  'true',
  'null',
  '$1',
  '$tag$;$$ )$tag$',
  'x',
  'a.b . "C"',
  't.*',
  'a[1][2:3]',
  '(x).y[1].*',
  '((x)).y',
  '$1.a',
  'f()',
  'auth . uid ( )',
  'f(a, (b), variadic c)',
  'f(a => (1))',
  'count(*) filter (where (a)) over (partition by b order by c)',
  'sum(x) over w',
  'percentile_cont(0.5) within group (order by x desc)',
  "string_agg(distinct a, ',' order by b)",
  'extract(year from x)',
  "trim(both 'x' from y)",
  'substring(a from 1 for 2)',
  'overlay(a placing b from 1)',
  'position(a in b)',
  'collation for (x)',
  'normalize(x, nfc)',
  'treat(a as int)',
  'system_user',
  'current_timestamp(3)',
  'current_date',
  'current_user',
  'coalesce(a, (b))',
  'greatest(a, b)',
  'nullif(a, (b))',
  'grouping(a)',
  "x at time zone 'utc'",
  '(x) at local',
  '(a, b) overlaps (c, d)',
  'row(a, b) overlaps row(c, d)',
  "a not like b escape 'x'",
  'a similar to b',
  'x is not nfc normalized',
  'x is not document',
  '(x) is json object with unique keys',
  'x is null',
  '(x) is not null',
  'x isnull',
  'x is not true',
  'a is not distinct from (b)',
  'not (a)',
  'a and (b or c) and d',
  '(a + b) * (c)',
  '(((a)) + b)',
  '- (a)',
  'a operator ( pg_catalog . + ) b',
  'a in (1, (2))',
  'a in (select 1 from t where (x))',
  '(a, b) in (select 1, 2)',
  'not a in (select 1)',
  'a = any (array[1, 2])',
  'a operator(pg_catalog.=) any (select 1)',
  '(a) <> all ((b))',
  'a between (1) and (2)',
  'a not between symmetric 1 and f(2)',
  'exists (select 1 from t)',
  'array(select 1)',
  'array[[1, 2], [3]]',
  'array[]::text[]',
  '(select 1)',
  '(select auth.uid())',
  '(a, b)',
  'row()',
  'case a when 1 then (case when b then c end) else d end',
  'cast(a as numeric(10, 2))',
  "interval '1' day to second(3)",
  "interval(3) '1 day'",
  "interval '1' year to month",
  "date '2020-01-01'",
  "numeric(10, 2) '1.5'",
  "'x'::character varying(3)[]",
  '(a || b)::public . citext',
  'x::int array[3]',
  'x::timestamp(3) with time zone',
  'x::timestamp without time zone',
  "x::timestamptz at time zone 'utc'",
  'x::double precision',
  'x::bit varying (3)',
  'x::interval day to second(2)',
  '\'x\'::char::"char"::regclass',
  'a collate "x" . "y"',
  'xmlelement(name a, b)',
  'xmlserialize(content x as text)',
  "xmlexists('x' passing y)",
  "json_value(a, '$' default 1 on empty)",
  "json_object('a': 1, 'b': (2))",
  'json_arrayagg(x order by y) filter (where z) over w',
  "json_objectagg('a': 1)",
  'json_array(select 1)',
  'merge_action()',
  "a -> 'b' ->> 'c'",
  '(a /* ) */ -- (\n + b) * c',
  '( -- (\n a + b) * c',
  '\'é😀\' || (ü + "ä😀")',
];

const CONTEXTS = [
  '%',
  '(%)',
  'f((%), 1)',
  'z.z = (%) and ((%)) is null',
  'case when (%) then (%) end',
  "(%)::text || 'é'",
  "array[(%), 'x']",
];

describe('expressionRange', () => {
  test.each(EXPRESSIONS)('finds the text of %s wherever it stands', (expression) => {
    const alone = `select ${expression}`;
    const tree = columnValue(readSql(alone, 'a.sql').statements[0]?.node);
    expect(tree).toBeDefined();
    for (const context of CONTEXTS) {
      const text = `/* é */ select ${context.replaceAll('%', () => expression)} from t where (x)`;
      const [statement] = readSql(text, 'a.sql').statements;
      let found = 0;
      walkBelow(statement?.node, (_, node) => {
        if (JSON.stringify(withoutPlaces(node)) !== JSON.stringify(withoutPlaces(tree))) return undefined;
        found++;
        const { start, end } = expressionRange(node, text);
        const again = readSql(`select ${text.slice(start, end)}`, 'a.sql').statements;
        expect(withoutPlaces(columnValue(again[0]?.node))).toEqual(withoutPlaces(tree));
        return undefined;
      });
      expect(found).toBeGreaterThan(0);
    }
  });

  test('takes nothing of what stands around', () => {
    for (const expression of EXPRESSIONS) {
      const text = `select a from t where x = 1 or (${expression}) or y`;
      const [statement] = readSql(text, 'a.sql').statements;
      const select = statement?.node as { SelectStmt: { whereClause: { BoolExpr: { args: Node[] } } } };
      const tree = select.SelectStmt.whereClause.BoolExpr.args[1];
      if (tree === undefined || select.SelectStmt.whereClause.BoolExpr.args.length !== 3) throw new Error(expression);
      const { start, end } = expressionRange(tree, text);
      const bare = expression === '(((a)) + b)' ? '((a)) + b' : expression;
      // Brackets around a sub-select are part of it, however many.
      expect(text.slice(start, end)).toBe(expression.startsWith('(select') ? `(${bare})` : bare);
    }
  });

  test('holds for every expression below an expression', () => {
    const text = `select ${EXPRESSIONS.map((expression) => `(${expression})`).join(', ')}`;
    let checked = 0;
    walkBelow(readSql(text, 'a.sql').statements[0]?.node, (tag, node, parents) => {
      if (!/^(FuncCall|A_Expr|BoolExpr|NullTest|CaseExpr|TypeCast|A_ArrayExpr|CoalesceExpr|ColumnRef)$/.test(tag))
        return;
      const { start, end } = expressionRange(node, text);
      const cut = text.slice(start, end);
      const above = parents.at(-1)?.node;
      // NOT IN, IS NOT NORMALIZED, LIKE … ESCAPE: what the grammar makes of them has no text of its own.
      if (above !== undefined && 'BoolExpr' in above && expressionRange(above, text).start === start) return;
      if (cut.startsWith('[')) return;
      if (/"(like|similar_to)_escape"/.test(JSON.stringify(node)) && tag === 'FuncCall') return;
      const again = columnValue(readSql(`select ${cut}`, 'a.sql').statements[0]?.node);
      expect([cut, withoutPlaces(again)]).toEqual([cut, withoutPlaces(node)]);
      checked++;
      return undefined;
    });
    expect(checked).toBeGreaterThan(150);
  });
});

describe('makeExpression', () => {
  test('keeps tree, text and place together', () => {
    const text = '-- é\ncreate policy p on t using ( (select auth.uid()) = user_id );';
    const [statement] = readSql(text, 'm.sql').statements;
    const policy = statement?.node as { CreatePolicyStmt: { qual: Node } };
    const expression = makeExpression(policy.CreatePolicyStmt.qual, text, 'm.sql');
    const start = text.indexOf('(select');
    expect(expression).toEqual({
      tree: policy.CreatePolicyStmt.qual,
      text: '(select auth.uid()) = user_id',
      start,
      at: { file: 'm.sql', start, end: start + 29 },
    });
  });

  test.each([
    ['create view v (a) with (security_invoker) as select 1 as with_data from t;', 'select 1 as with_data from t'],
    ['create view v as (select 1) with local check option', '(select 1)'],
    ['create materialized view v as with x as (select 1) table x with no data;', 'with x as (select 1) table x'],
    ['create table t as values (1) -- end\n;', 'values (1)'],
  ])('the query of %s', (text, query) => {
    const [statement] = readSql(text, 'm.sql').statements;
    let tree: Node | undefined;
    walkBelow(statement?.node, (tag, node) => {
      if (tag !== 'SelectStmt') return undefined;
      tree = node;
      return 'stop';
    });
    if (tree === undefined) throw new Error('no query');
    expect(makeExpression(tree, text, 'm.sql', statement?.at).text).toBe(query);
  });
});
