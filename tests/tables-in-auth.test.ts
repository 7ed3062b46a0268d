import { expect, it } from 'vitest';
import definerFunction from '../rules/security/definer-function-callable-by-authenticated.ts';
import { audit } from '../src/audit/audit.ts';
import { replaySql } from './replay/replay-sql.ts';

const rules = [{ id: 'definer-function-callable-by-authenticated', rule: definerFunction }];

/** A live database does not say who made a table of schema auth: newer platforms have more of them. */
it('tells of a table that a migration makes in schema auth, which no client reaches by itself', async () => {
  const reading = await replaySql(
    [
      `create table auth.extra_logins (email text primary key, password text not null);
grant all on auth.extra_logins to anon, authenticated;
create function public.set_password(p_email text, p_password text) returns void
language sql security definer set search_path = '' as $$
  update auth.extra_logins set password = p_password where email = p_email
$$;
revoke execute on function public.set_password(text, text) from public, anon;
grant execute on function public.set_password(text, text) to authenticated;`,
    ],
    { platform: 'supabase' },
  );
  const selection = { preset: 'strict', settings: new Map(), only: rules.map(({ id }) => id) } as const;
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  const [finding, ...others] = report.findings;
  expect(others).toEqual([]);
  expect(finding?.severity).toBe('critical');
  expect(finding?.message).toContain('it changes whichever auth.extra_logins rows the caller names');
});
