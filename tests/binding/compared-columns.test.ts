import type { Node } from '@pgsql/types';
import { loadModule } from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { bindExpression } from '../../src/graph/binding/bind.ts';
import { columnsComparedWith } from '../../src/graph/binding/questions/compared-columns.ts';
import { parseExpression } from './embedded.ts';
import { makeNames } from './made-names.ts';

const names = makeNames({
  tables: { 'public.docs': ['id', 'org', 'team', 'owner', 'tags'], 'public.members': ['org', 'team', 'who', 'id'] },
  functions: ['auth.uid', 'public.is_member'],
});

/** Contains a call of auth.uid or of is_member. */
function isFromCaller(node: Node): boolean {
  return /"sval":"(uid|is_member)"/.test(JSON.stringify(node));
}

function compared(text: string): string[] {
  const tree = parseExpression(text);
  const binding = bindExpression(tree, { target: names.relation(undefined, 'docs') }, names);
  return columnsComparedWith(tree, binding, isFromCaller).map(({ column, operator, via, isNegated }) => {
    return `${names.nameOf(column).replace('public.docs.', '')} ${operator} ${via}${isNegated ? ' not' : ''}`;
  });
}

describe('columns compared with the caller', () => {
  beforeAll(loadModule);

  it.each([
    ['owner = auth.uid()', ['owner = operator']],
    ['auth.uid() = docs.owner', ['owner = operator']],
    ['owner::text = (auth.uid())::text', ['owner = operator']],
    ['(select auth.uid()) = owner', ['owner = subselect']],
    ['owner <> auth.uid()', ['owner <> operator']],
    ['not (owner = auth.uid())', ['owner = operator not']],
    ['owner in (auth.uid(), null)', ['owner = operator']],
    ['auth.uid() = any (tags)', ['tags = operator']],
    ['tags @> array[auth.uid()]', ['tags @> operator']],
    ['org in (select org from members where who = auth.uid())', ['org = subselect']],
    ['not (org in (select org from members where who = auth.uid()))', ['org = subselect not']],
    ['org = any (array(select org from members where who = auth.uid()))', ['org = subselect']],
    ['(org, team) in (select org, team from members where who = auth.uid())', ['org = subselect', 'team = subselect']],
    ['(org, owner) = (1, auth.uid())', ['owner = operator']],
    ['exists (select 1 from members m where m.org = docs.org and m.who = auth.uid())', ['org = join']],
    [
      'exists (select 1 from members m where docs.org = m.org and m.team = docs.team and m.who = (select auth.uid()))',
      ['org = join', 'team = join'],
    ],
    ['public.is_member(org)', ['org = argument']],
    ['owner is not distinct from auth.uid() or id = 1', ['owner = operator']],
  ])('%s', (text, expected) => {
    expect(compared(text)).toEqual(expected);
  });

  it.each([
    'owner = 1',
    'auth.uid() is not null',
    'exists (select 1 from members where who = auth.uid())',
    'id + 1 = 2',
    'org in (select org from members)',
    'exists (select 1 from members m where m.org = docs.org)',
  ])('not in %s', (text) => {
    expect(compared(text)).toEqual([]);
  });
});
