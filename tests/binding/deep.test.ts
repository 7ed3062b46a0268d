import { loadModule } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { bindExpression, bindQuery } from '../../src/graph/binding/bind.ts';
import { DEFAULT_LIMITS } from '../../src/sql/limits.ts';
import { parseExpression, parseQuery } from './embedded.ts';
import { makeNames } from './made-names.ts';

const names = makeNames({ tables: { 'public.t': ['a'] }, functions: [] });
const scope = { target: names.relation(undefined, 't') };
const depth = DEFAULT_LIMITS.nesting;

describe('the deepest expressions that are read', () => {
  beforeAll(loadModule);

  it('binds a chain of operators to its end', () => {
    const binding = bindExpression(
      parseExpression(Array.from({ length: 2 * depth - 2 }, () => 'a').join(' + ')),
      scope,
      names,
    );
    expect(binding.references).toHaveLength(2 * depth - 2);
    expect(binding.unresolved).toEqual([]);
  });

  it.each([
    ['set operations', Array.from({ length: 2 * depth }, () => 'select a from t').join(' union all ')],
    ['joins', `select 1 from t t0${Array.from({ length: 2 * depth }, (_, i) => ` join t t${i + 1} on true`).join('')}`],
    ['queries in FROM', `${'select a from ('.repeat(depth / 2 - 2)}select a from t${') as s'.repeat(depth / 2 - 2)}`],
  ])('binds %s to their end', (_, text) => {
    const binding = bindQuery(parseQuery(text), names);
    expect(binding.references[0]).toMatchObject({ kind: 'relation' });
    expect(binding.unresolved).toEqual([]);
  });

  it.each([
    ['calls in calls', `${'abs('.repeat(depth - 2)}a${')'.repeat(depth - 2)}`],
    ['subselects', `${'(select '.repeat(depth / 2 - 2)}a${')'.repeat(depth / 2 - 2)}`],
    ['CASE in CASE', `${'case when true then '.repeat(depth - 2)}a${' end'.repeat(depth - 2)}`],
  ])('says that %s were not all bound', (_, text) => {
    const binding = bindExpression(parseExpression(text), scope, names);
    expect(binding.references).toEqual([]);
    expect(binding.unresolved[0]).toMatchObject({ reason: 'undetermined', name: '' });
  });
});
