import { PGlite } from '@electric-sql/pglite';
import { loadModule } from 'libpg-query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindExpression } from '../../src/graph/binding/bind.ts';
import { foldBoolean } from '../../src/graph/binding/questions/fold-boolean.ts';
import { isConstant } from '../../src/graph/binding/questions/is-constant.ts';
import { parseExpression } from './embedded.ts';
import { makeNames } from './made-names.ts';

/** Conditions without data: Postgres says what they are. */
const CONSTANT = [
  `true`,
  `false`,
  `null`,
  `not true`,
  `not null::boolean`,
  `'t'::boolean`,
  `'no'::bool`,
  `cast(1 as boolean)`,
  `true and null`,
  `false and null`,
  `true or null`,
  `null or false`,
  `1 = 1`,
  `1 = 2`,
  `1 <> 2`,
  `1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3`,
  `1 = 1.0`,
  `'a' = 'a'`,
  `'a' <> 'b'`,
  `'a' = 'A'`,
  `1 = '1'`,
  `null = 1`,
  `null = null`,
  `null is null`,
  `1 is not null`,
  `(1 = null) is null`,
  `true is true`,
  `null is true`,
  `null is not true`,
  `false is not false`,
  `(null = 1) is unknown`,
  `coalesce(null, true)`,
  `coalesce(null, null, false)`,
  `coalesce(null::boolean, null)`,
  `case when 1 = 1 then true else false end`,
  `case when null then true end`,
  `case 2 when 1 then false when 2 then true end`,
  `1 in (1, 2)`,
  `3 in (1, 2)`,
  `3 in (1, null)`,
  `3 not in (1, 2)`,
  `3 not in (1, null)`,
  `1 = any (array[1, 2])`,
  `3 <> all (array[1, 2])`,
  `2 between 1 and 3`,
  `5 not between 1 and 3`,
  `1 is distinct from null`,
  `null is distinct from null`,
  `1 is not distinct from 1`,
  `nullif(1, 1) is null`,
  `nullif(1, 2) = 1`,
  `(select true)`,
  `(select false where true)`,
  `(select true where false)`,
  `exists (select 1)`,
  `exists (select 1 where false)`,
  `not exists (select)`,
  `(true)::text = 'true'`,
  `-1 < 0`,
  `0 = -0`,
  `1e3 = 1000`,
];

/** Conditions that depend on data or on the session, about a table with columns a and b. */
const OPEN = [
  `a = 1`,
  `a = a`,
  `a is null`,
  `a is not null or true is null`,
  `auth.uid() is not null`,
  `coalesce(a, true)`,
  `a and true`,
  `a or false`,
  `now() > '2020-01-01'`,
  `current_user = 'x'`,
  `(select a)`,
  `exists (select 1 from t)`,
  `exists (select count(*) where false)`,
  `'a' < 'b'`,
  `random() > 2`,
  `case when a then true else true end`,
  `1 in (2, a)`,
];

/** Conditions that one constant part decides. */
const DECIDED: readonly (readonly [string, boolean | null])[] = [
  [`a = 1 or true`, true],
  [`true or exists (select 1 from t)`, true],
  [`a = 1 or 1 = 1`, true],
  [`not (a and false)`, true],
  [`a = 1 and false`, false],
  [`a = null`, null],
  [`a in (null)`, null],
  [`(a = 1 and false) or (1 = 1 and coalesce(true, b))`, true],
  [`case when true then true when a then false end`, true],
  [`1 in (a, 1)`, true],
];

const names = makeNames({ tables: { 'public.t': ['a', 'b'] }, functions: ['auth.uid'] });
const target = names.relation(undefined, 't');

describe('a condition that is always the same', () => {
  let database: PGlite;
  beforeAll(async () => {
    await loadModule();
    database = await PGlite.create();
  });
  afterAll(() => database.close());

  it.each(CONSTANT)('%s', async (text) => {
    const { rows } = await database.query<{ it: boolean | null }>(`select (${text})::boolean as it`);
    expect(foldBoolean(parseExpression(text))).toBe(rows[0]?.it);
  });

  it.each(OPEN)('not %s', (text) => {
    expect(foldBoolean(parseExpression(text))).toBeUndefined();
  });

  it.each(DECIDED)('%s', (text, value) => {
    expect(foldBoolean(parseExpression(text))).toBe(value);
  });

  it('is not looked for below any depth', () => {
    expect(foldBoolean(parseExpression(`${'not '.repeat(900)}true`))).toBeUndefined();
  });
});

describe('a constant', () => {
  beforeAll(loadModule);
  const constant = (text: string) => {
    const tree = parseExpression(text);
    return isConstant(tree, bindExpression(tree, { target }, names));
  };

  it.each([`1`, `'a'::text`, `lower('A') || 'b'`, `array[1, 2]`, `interval '1 day' * 2`])('is %s', (text) => {
    expect(constant(text)).toBe(true);
  });

  it.each([`a`, `a + 1`, `now()`, `random()`, `current_user`, `(select 1)`, `auth.uid()`, `no_such(1)`])(
    'is not %s',
    (text) => {
      expect(constant(text)).toBe(false);
    },
  );
});
