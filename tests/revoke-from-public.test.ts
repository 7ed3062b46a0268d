import { expect, it } from 'vitest';
import definerFunctionCallableByAnon from '../rules/security/definer-function-callable-by-anon.ts';
import { audit } from '../src/audit/audit.ts';
import { replaySql } from './replay/replay-sql.ts';

const ID = 'definer-function-callable-by-anon';
const rules = [{ id: ID, rule: definerFunctionCallableByAnon }];
const selection = { preset: 'strict', settings: new Map(), only: [ID] } as const;

const MADE = `create table public.credits (id int primary key, n int not null);
create function public.pay(who int) returns void language sql security definer set search_path = '' as
  'update public.credits set n = n + 1 where id = who';`;

async function told(sql: string) {
  const reading = await replaySql(`${MADE}\n${sql}`, { platform: 'supabase' });
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  return report.findings.map(({ related, fix }) => ({ notes: related.map(({ note }) => note), title: fix?.title }));
}

it('says why a REVOKE from PUBLIC alone closes nothing, and does what it was to do', async () => {
  const sql = `revoke all on function public.pay(int) from public;
grant execute on function public.pay(int) to service_role;`;
  expect(await told(sql)).toEqual([
    {
      notes: ['takes it from PUBLIC, which leaves what default privileges gave anon and authenticated by name'],
      title: 'Leave it to service_role, as the REVOKE from PUBLIC was to do',
    },
  ]);
});

it.each([
  ['no REVOKE', ''],
  [
    'a GRANT to PUBLIC behind it',
    'revoke all on function public.pay(int) from public; grant execute on function public.pay(int) to public;',
  ],
])('says nothing of it where there is %s', async (_, sql) => {
  expect((await told(sql)).flatMap(({ notes }) => notes)).toEqual([]);
});
