// What a policy says to those who say nothing about themselves, and where it reads what users write about themselves.
import { describe, expect, test } from 'vitest';
import { isNeverTrue } from '../../src/graph/binding/questions/never-true.ts';
import type { BoundExpression } from '../../src/graph/bound-expression.ts';
import { withAppMetadata } from '../../src/graph/caller/app-metadata.ts';
import { isClosedToClients, isClosedToSignedOut } from '../../src/graph/caller/closed-conditions.ts';
import { looseScope } from '../../src/graph/caller/loose-scope.ts';
import { branchOpenToNobody, isOpenToSignedIn } from '../../src/graph/caller/signed-out.ts';
import { userMetadataUses } from '../../src/graph/caller/user-metadata.ts';
import { replaySql } from '../replay/replay-sql.ts';

const SCHEMA = `
create table public.orgs (id uuid primary key);
create table public.members (org_id uuid references public.orgs, user_id uuid references auth.users, role text, primary key (org_id, user_id));
create table public.docs (id uuid primary key, org_id uuid, user_id uuid, is_public boolean, deleted_at timestamptz);
create function public.is_admin() returns boolean language sql stable as $$ select current_setting('app.admin') = 'on' $$;
create function public.is_signed_in() returns boolean language sql stable as $$ select auth.uid() is not null $$;
`;

async function using(text: string) {
  const { graph } = await replaySql(`${SCHEMA} create policy p on public.docs using (${text});`, {
    platform: 'supabase',
  });
  const expression = graph.ofKind('policy').find((each) => each.name === 'p')?.using;
  if (!expression) throw new Error('no policy');
  return { graph, expression };
}

const holds = async (question: (expression: BoundExpression) => boolean, text: string) =>
  question((await using(text)).expression);
const isClosed = async (question: typeof isClosedToSignedOut, text: string) => {
  const { graph, expression } = await using(text);
  return question(graph, expression);
};

describe('never true for the signed-out', () => {
  test.each([
    'user_id = auth.uid()',
    '(select auth.uid()) = user_id and is_public',
    'auth.uid() is not null',
    'is_signed_in()',
    "auth.role() = 'authenticated'",
    "auth.role() = 'service_role'",
    "(auth.jwt() ->> 'role') = 'authenticated'",
    "org_id = (auth.jwt() -> 'app_metadata' ->> 'org')::uuid",
    "org_id = ((select auth.jwt()) ->> 'org')::uuid",
    'org_id in (select org_id from members where user_id = auth.uid())',
    'exists (select 1 from members m where m.org_id = docs.org_id and m.user_id = (select auth.uid()))',
    'exists (select 1 from members m join docs d on d.user_id = auth.uid() where m.org_id = docs.org_id)',
    'org_id = any (array(select m.org_id from members m where m.user_id = auth.uid()))',
    'org_id = (select m.org_id from members m where m.user_id = auth.uid() limit 1)',
    'user_id = auth.uid() or org_id in (select org_id from members where user_id = auth.uid())',
    'coalesce(user_id = auth.uid(), false)',
    'case when is_public then user_id = auth.uid() else false end',
    'auth.uid()::text in (user_id::text, org_id::text)',
  ])('%s', async (text) => expect(await isClosed(isClosedToSignedOut, text)).toBe(true));

  test.each([
    'is_public or user_id = auth.uid()',
    'user_id is distinct from auth.uid()',
    'auth.uid() is null',
    "auth.role() = 'anon'",
    'is_admin()',
    'not (user_id = auth.uid() and is_public)',
    '(select count(*) from members m where m.user_id = auth.uid()) = 0',
    'not exists (select 1 from members m where m.user_id = auth.uid())',
    'exists (select count(*) from members m where m.user_id = auth.uid())',
    'exists (select 1 from members m left join docs d on d.user_id = auth.uid())',
    'coalesce(user_id = auth.uid(), true)',
    "(auth.jwt() ->> 'iss') = 'supabase'",
  ])('not: %s', async (text) => expect(await isClosed(isClosedToSignedOut, text)).toBe(false));

  test('nor for clients at all', async () => {
    expect(await isClosed(isClosedToClients, "auth.role() = 'service_role'")).toBe(true);
    expect(await isClosed(isClosedToClients, "(auth.jwt() ->> 'role') = 'service_role'")).toBe(true);
    expect(await isClosed(isClosedToClients, "auth.role() = 'authenticated'")).toBe(false);
    expect(await isClosed(isClosedToClients, 'user_id = auth.uid()')).toBe(false);
  });

  test('a long chain is read without end of the stack', async () => {
    const { expression } = await using(Array.from({ length: 300 }, () => 'is_public').join(' or '));
    expect(isNeverTrue(expression.tree)).toBe(false);
  });
});

describe('open', () => {
  test.each([
    ['auth.uid() is null or user_id = auth.uid()', true],
    ['user_id = auth.uid() or ((select auth.uid()) is null or is_public)', true],
    ['coalesce(user_id = auth.uid(), true)', true],
    ['(user_id = auth.uid()) is not false', true],
    ['auth.uid() is null', false],
    ['(auth.uid() is null and is_public) or user_id = auth.uid()', false],
    ["auth.role() = 'anon' or user_id = auth.uid()", false],
    ['true or user_id = auth.uid()', false],
  ])('to the signed-out: %s', async (text, is) => {
    expect(branchOpenToNobody((await using(text)).expression, 'signedOut') !== undefined).toBe(is);
  });

  test.each([
    ["current_setting('app.org', true) is null or org_id::text = current_setting('app.org', true)", true],
    ["nullif(current_setting('app.org', true), '') is null or is_public", true],
    ["current_setting('request.jwt.claims', true) is null or is_public", false],
    ["current_setting('app.bypass', true) = 'on' or is_public", false],
  ])('where no setting was made: %s', async (text, is) => {
    expect(branchOpenToNobody((await using(text)).expression, 'unset') !== undefined).toBe(is);
  });

  test.each([
    ['auth.uid() is not null', true],
    ["(select auth.role()) = 'authenticated'", true],
    ["auth.jwt() is not null and auth.role() in ('authenticated', 'anon')", true],
    ['user_id = auth.uid()', false],
    ["auth.role() = 'service_role'", false],
    ['is_admin()', false],
  ])('to everyone who is signed in: %s', async (text, is) => expect(await holds(isOpenToSignedIn, text)).toBe(is));

  test.each([
    ['auth.uid() is not null and deleted_at is null', 'signedIn'],
    ['exists (select 1 from members m where m.user_id = auth.uid())', 'member'],
    ["exists (select 1 from members m where m.user_id = auth.uid() and m.role = 'admin')", 'member'],
    ['auth.uid() in (select m.user_id from members m)', 'member'],
    ['exists (select 1 from members m where m.user_id = auth.uid() and m.org_id = docs.org_id)', undefined],
    ['auth.uid() is not null and is_public', undefined],
    ['is_admin()', undefined],
  ])('to any tenant: %s', async (text, asks) => {
    const { graph, expression } = await using(text);
    expect(looseScope(graph, expression, 'org_id')?.asks).toBe(asks);
  });
});

describe('user metadata', () => {
  test.each([
    ["auth.jwt() -> 'user_metadata' ->> 'role' = 'x'", "auth.jwt() -> 'app_metadata' ->> 'role' = 'x'"],
    ["(auth.jwt() #>> '{user_metadata,role}') = 'x'", "(auth.jwt() #>> '{app_metadata,role}') = 'x'"],
    [
      "jsonb_extract_path_text(auth.jwt(), 'user_metadata', 'r') = 'x'",
      "jsonb_extract_path_text(auth.jwt(), 'app_metadata', 'r') = 'x'",
    ],
    ["(auth.jwt())['user_metadata'] is not null", "(auth.jwt())['app_metadata'] is not null"],
    [
      "exists (select 1 from auth.users u where u.raw_user_meta_data ->> 'r' = 'x' and u.id = auth.uid())",
      "exists (select 1 from auth.users u where u.raw_app_meta_data ->> 'r' = 'x' and u.id = auth.uid())",
    ],
    [
      "coalesce(auth.jwt() -> 'app_metadata' ->> 'r', auth.jwt() ->  'user_metadata' ->> 'r') = 'x'",
      "(auth.jwt() -> 'app_metadata' ->> 'r') = 'x'",
    ],
    [
      "coalesce(nullif(auth.jwt() -> 'user_metadata' ->> 'r', ''), nullif(auth.jwt() -> 'app_metadata' ->> 'r', ''))::text = 'x'",
      "nullif(auth.jwt() -> 'app_metadata' ->> 'r', '')::text = 'x'",
    ],
    [
      "coalesce((auth.jwt() -> 'user_metadata' ->> 'r'), (auth.jwt() -> 'app_metadata' ->> 'r'), 'none') = 'x'",
      "coalesce(auth.jwt() -> 'app_metadata' ->> 'r', 'none') = 'x'",
    ],
    [
      "coalesce(auth.jwt() -> 'user_metadata' ->> 'r', auth.jwt() -> 'app_metadata' ->> 's') = 'x'",
      "coalesce(auth.jwt() -> 'app_metadata' ->> 'r', auth.jwt() -> 'app_metadata' ->> 's') = 'x'",
    ],
  ])('%s', async (text, mended) => {
    const { graph, expression } = await using(text);
    const uses = userMetadataUses(graph, expression);
    expect(uses).toHaveLength(1);
    expect(withAppMetadata(expression, uses)).toBe(mended);
  });

  test.each(["auth.jwt() -> 'app_metadata' ->> 'user_metadata_id' = 'x'", "'user_metadata' = org_id::text"])(
    'not: %s',
    async (text) => {
      const { graph, expression } = await using(text);
      expect(userMetadataUses(graph, expression)).toEqual([]);
    },
  );
});
