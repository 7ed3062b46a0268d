// One cause is one finding also where two rules meet it.
import { beforeAll, expect, test } from 'vitest';
import { audit } from '../src/audit/audit.ts';
import { loadBuiltInRules } from '../src/config/built-in-rules.ts';
import type { AddressedRule } from '../src/rule/addressed-rule.ts';
import { replaySql } from './replay/replay-sql.ts';

let rules: readonly AddressedRule[];

beforeAll(async () => {
  rules = await loadBuiltInRules();
});

async function findings(sql: string, only: readonly string[]): Promise<readonly string[]> {
  const reading = await replaySql(sql, { platform: 'supabase' });
  const selection = { preset: 'strict', settings: new Map(), only } as const;
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  return report.findings.map(({ ruleId }) => ruleId);
}

test('a look-up that the index of a foreign key serves', async () => {
  const [key, lookup] = ['unindexed-foreign-key', 'missing-composite-index'];
  const codes = (reference: string) => `create table public.codes (
  id uuid primary key,
  user_id uuid ${reference},
  purpose text not null
);
create function public.revoke_codes(member uuid, wanted text) returns void language sql set search_path = '' as $$
  delete from public.tries t where t.id in (select c.id from public.codes c where c.user_id = member and c.purpose = wanted)
$$;
create table public.tries (id uuid primary key);`;
  const keyed = codes('references auth.users (id) on delete cascade');
  expect(await findings(keyed, [key, lookup])).toEqual([key]);
  expect(await findings(keyed, [lookup])).toEqual([lookup]);
  expect(await findings(codes('not null'), [key, lookup])).toEqual([lookup]);
});

test('a look-up that the index of a foreign key serves, of which one finding tells with others', async () => {
  const [key, lookup] = ['unindexed-foreign-key', 'missing-composite-index'];
  const tables = [...'abcde'].map(
    (each) => `create table public.${each} (
  id uuid primary key,
  created_by uuid references auth.users (id) on delete set null,
  purpose text not null
);`,
  );
  const sql = `${tables.join('\n')}
create table public.tries (id uuid primary key);
create function public.revoke_own(member uuid, wanted text) returns void language sql set search_path = '' as $$
  delete from public.tries t where t.id in (select c.id from public.e c where c.created_by = member and c.purpose = wanted)
$$;`;
  expect(await findings(sql, [lookup])).toEqual([lookup]);
  expect(await findings(sql, [key, lookup])).toEqual([key]);
});
