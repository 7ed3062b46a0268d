import { beforeAll, expect, it } from 'vitest';
import { loadParser } from '../../src/sql/parse.ts';
import { wrapCalls } from '../../src/sql/rewrite.ts';

beforeAll(loadParser);

/** The expression with the calls marked by ^ wrapped. */
function wrapped(marked: string): string | null {
  const offsets: number[] = [];
  let text = '';
  for (const part of marked.split(/(?=\^)/)) {
    if (part.startsWith('^')) offsets.push(text.length);
    text += part.replace(/^\^/, '');
  }
  return wrapCalls(text, offsets);
}

it.each([
  ['^auth.uid() = user_id', '(select auth.uid()) = user_id'],
  ['user_id = ^auth . uid ( )', 'user_id = (select auth . uid ( ))'],
  ['user_id::text = ^auth.uid()::text', 'user_id::text = (select auth.uid()::text)'],
  ["(^auth.jwt() ->> 'org_id')::uuid = org", "(select auth.jwt() ->> 'org_id')::uuid = org"],
  ["a and (^auth.jwt() ->> 'org') = org", "a and (select auth.jwt() ->> 'org') = org"],
  ["^current_setting('app.tenant', true)::uuid = t", "(select current_setting('app.tenant', true)::uuid) = t"],
  ["coalesce(^auth.role(), 'anon') = role", "coalesce((select auth.role()), 'anon') = role"],
  ['owner(^auth.uid()) = id', 'owner((select auth.uid())) = id'],
  ['id in (^auth.uid())', 'id in ((select auth.uid()))'],
  ['^auth.uid() = a or ^auth.uid() = b', '(select auth.uid()) = a or (select auth.uid()) = b'],
  ['id in (select t from m where u = ^auth.uid())', 'id in (select t from m where u = (select auth.uid()))'],
  [
    "name = 'größer' and -- nur eigene\n ^auth.uid() = a",
    "name = 'größer' and -- nur eigene\n (select auth.uid()) = a",
  ],
  ["^auth.jwt() -> 'app' #>> '{org,id}'::text[] = org", "(select auth.jwt() -> 'app' #>> '{org,id}'::text[]) = org"],
  ['^auth.jwt() ->> key = org', '(select auth.jwt()) ->> key = org'],
  ["(^auth.jwt()) ->> 'org' = org", "(select auth.jwt()) ->> 'org' = org"],
  ['cast(^auth.uid() as text) = a', 'cast((select auth.uid()) as text) = a'],
  ['^auth.uid()::character varying(36) = a', '(select auth.uid()::character varying(36)) = a'],
  ['^auth.uid() = a and (b is json object)', '(select auth.uid()) = a and (b is json object)'],
  ['a = b -- ) or\n and ^auth.uid() = a --', 'a = b -- ) or\n and (select auth.uid()) = a --'],
  ['^auth.uid() /* wer /* da */ */ = a', '(select auth.uid()) /* wer /* da */ */ = a'],
])('%s', (marked, expected) => {
  expect(wrapped(marked)).toBe(expected);
});

it('does not rewrite what it cannot read, or a place where no call stands', () => {
  expect(wrapped('^auth.uid() = a and (b is)')).toBeNull();
  expect(wrapCalls('auth.uid() = a', [3])).toBeNull();
});

it('casts an array that ANY compares with, as a bare subselect there would be a list of rows', () => {
  const types = new Map([[9, 'bigint[]']]);
  expect(wrapCalls('id = any(my_ids())', [9], types)).toBe('id = any((select my_ids())::bigint[])');
  expect(wrapCalls('id = any(my_ids())', [9])).toBeNull();
  expect(wrapCalls("id = any (current_setting('app.ids')::bigint[])", [10])).toBe(
    "id = any ((select current_setting('app.ids'))::bigint[])",
  );
});
