// Whom a policy compares its rows with, and the columns that tell tenants apart.
import { describe, expect, test } from 'vitest';
import {
  columnsComparedWithCaller,
  policyComparisons,
  tenantColumns,
  tenantNames,
} from '../../src/graph/policies/tenant-columns.ts';
import { replaySql } from '../replay/replay-sql.ts';

const SCHEMA = `
create table public.members (org_id uuid not null, user_id uuid not null, primary key (org_id, user_id));
create table public.docs (id uuid primary key, org_id uuid, user_id uuid, folder text, data jsonb, readers uuid[], project_id uuid);
create table public.projects (id uuid primary key, org_id uuid);
create schema private;
create function private.my_org() returns uuid language sql stable as $$ select org_id from public.members where user_id = auth.uid() $$;
create function private.is_member(o uuid) returns boolean language plpgsql stable as
  $$ begin return exists (select 1 from public.members m where m.org_id = o and m.user_id = auth.uid()); end $$;
create function private.is_even(o uuid) returns boolean language sql immutable as $$ select true $$;
create function private.deep() returns uuid language sql stable as $$ select private.my_org() $$;
`;

async function compared(using: string) {
  const { graph } = await replaySql(`${SCHEMA} create policy p on public.docs using (${using});`, {
    platform: 'supabase',
  });
  const policy = graph.ofKind('policy').find((each) => each.name === 'p');
  if (!policy) throw new Error('no policy');
  return policyComparisons(graph, policy).map(({ column, via, sources, isOwnValue, isCorrelated }) =>
    [
      graph.columnNames([column])[0],
      via,
      sources.join('+'),
      ...(isOwnValue ? [] : ['computed']),
      ...(isCorrelated ? ['correlated'] : []),
    ]
      .filter(Boolean)
      .join(' '),
  );
}

describe('what a policy compares with the caller', () => {
  test.each([
    ['user_id = auth.uid()', ['user_id value user']],
    ['(select auth.uid()) = user_id', ['user_id value user']],
    ["org_id = (auth.jwt() ->> 'org')::uuid", ['org_id value claims']],
    ["org_id::text = current_setting('app.org', true)", ['org_id value setting']],
    ['org_id = private.my_org()', ['org_id value function']],
    ['org_id = (select private.deep())', ['org_id value function']],
    ['private.is_member(org_id)', ['org_id argument function']],
    ['private.is_even(org_id)', []],
    ['org_id in (select org_id from members where user_id = auth.uid())', ['org_id membership user']],
    ['org_id = any (array(select private.my_org()))', ['org_id value function']],
    [
      'exists (select 1 from members m where m.org_id = docs.org_id and m.user_id = auth.uid())',
      ['org_id membership user correlated'],
    ],
    [
      'auth.uid() in (select m.user_id from members m where m.org_id = docs.org_id)',
      ['org_id membership user correlated'],
    ],
    ['exists (select 1 from projects p where p.id = project_id)', ['project_id otherTable correlated']],
    ['readers @> array[auth.uid()]', ['readers value user']],
    ['auth.uid() = any (readers)', ['readers value user']],
    ["(data ->> 'owner')::uuid = auth.uid()", ['data value user computed']],
    ["split_part(folder, '/', 1) = auth.uid()::text", ['folder value user computed']],
    ["lower(coalesce(folder, '')) = lower(auth.email())", ['folder value claims']],
    ["nullif(btrim(folder), '') = auth.uid()::text", ['folder value user']],
    ['coalesce(user_id, org_id) = auth.uid()', ['user_id value user computed', 'org_id value user computed']],
    ['user_id <> auth.uid()', []],
    ['not (user_id = auth.uid())', []],
    ["auth.role() = 'authenticated'", []],
    ["folder = 'public'", []],
  ])('%s', async (using, expected) => {
    expect(await compared(using)).toEqual(expected);
  });
});

const POLICIES = `
create policy a on public.docs using (org_id = private.my_org());
create policy b on public.projects using (org_id in (select org_id from public.members where user_id = (select auth.uid())));
create policy c on public.members using (user_id = auth.uid());
create policy d on public.docs for update using (user_id = auth.uid());
create table public.notes (id uuid primary key, org_id uuid, user_id uuid);
`;

test('tenants are told apart by what the policies of two tables compare', async () => {
  const { graph } = await replaySql(SCHEMA + POLICIES, { platform: 'supabase' });
  const names = tenantNames(graph, []).map(({ name, kind }) => `${name} ${kind}`);
  expect(names.sort()).toEqual(['org_id tenant', 'user_id owner']);
  const columns = [...tenantColumns(graph, [])].map((id) => graph.path(graph.get('column', id)));
  expect(columns.sort()).toEqual([
    'public.docs.org_id',
    'public.docs.user_id',
    'public.members.org_id',
    'public.members.user_id',
    'public.notes.org_id',
    'public.projects.org_id',
  ]);
});

test('configured columns go before what is inferred', async () => {
  const { graph } = await replaySql(SCHEMA + POLICIES, { platform: 'supabase' });
  const columns = [...tenantColumns(graph, ['project_id'])].map((id) => graph.path(graph.get('column', id)));
  expect(columns).toEqual(['public.docs.project_id']);
});

test('the columns of one table', async () => {
  const { graph } = await replaySql(SCHEMA + POLICIES, { platform: 'supabase' });
  const docs = graph.relation({ schema: 'public', name: 'docs' });
  const columns = docs ? [...columnsComparedWithCaller(graph, docs.id)] : [];
  expect(graph.columnNames(columns)).toEqual(['org_id', 'user_id']);
});

test('a parent row that has an owner is no tenant', async () => {
  const { graph } = await replaySql(
    `create table public.lists (id uuid primary key, user_id uuid);
     create table public.items (list_id uuid references public.lists);
     create table public.shares (list_id uuid references public.lists);
     create table public.drafts (list_id uuid);
     create policy a on public.items using (list_id in (select id from public.lists where user_id = auth.uid()));
     create policy b on public.shares using (exists (select 1 from public.lists l where l.id = list_id and l.user_id = auth.uid()));`,
    { platform: 'supabase' },
  );
  expect(tenantNames(graph, []).map(({ name, kind }) => `${name} ${kind}`)).toEqual(['list_id parent']);
  const columns = [...tenantColumns(graph, [])].map((id) => graph.path(graph.get('column', id)));
  expect(columns.sort()).toEqual(['public.items.list_id', 'public.shares.list_id']);
});
