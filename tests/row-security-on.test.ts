import { expect, it } from 'vitest';
import rlsDisabled from '../rules/security/rls-disabled.ts';
import { audit } from '../src/audit/audit.ts';
import { replaySql } from './replay/replay-sql.ts';

const ID = 'rls-disabled';
const rules = [{ id: ID, rule: rlsDisabled }];
const selection = { preset: 'strict', settings: new Map(), only: [ID] } as const;

/** The fix of a table that triggers of another write to, with the rights of clients. */
async function fixOf(functions: string) {
  const sql = `create schema attic;
create schema cellar;
create table attic.boxes (id bigint primary key);
create table cellar.boxes (id bigint primary key);
create table public.rings (id bigint generated always as identity primary key, caller_id bigint not null);
create table public.callers (id bigint primary key);
alter table public.callers enable row level security;
create policy calling on public.callers for insert to authenticated with check (true);
${functions}`;
  const reading = await replaySql(sql, { platform: 'supabase' });
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  return report.findings.map(({ fix }) => ({ title: fix?.title, sql: fix?.sql }));
}

function adding(name: string, first = ''): string {
  return `create function public.${name}() returns trigger language plpgsql as $$
begin
  ${first}insert into public.rings (caller_id) values (new.id);
  return null;
end $$;
create trigger ${name} after insert on public.callers for each row execute function public.${name}();`;
}

const UNSURE = 'perform 1 from boxes; ';
const TITLE = 'Turn row security on: clients then see nothing until policies let them';
const ENABLED = 'alter table public.rings enable row level security;';

it('gives functions of triggers that would fail the rights of their owner', async () => {
  expect(await fixOf(adding('ring'))).toEqual([
    {
      title: `${TITLE}; the trigger ring of callers adds rows there with the rights of clients, which would fail then (42501): the function gets the rights of its owner`,
      sql: `${ENABLED}\nalter function public.ring() security definer set search_path = '';`,
    },
  ]);
});

it('says which need them where no search_path is sure to find their names', async () => {
  expect(await fixOf(adding('ring', UNSURE))).toEqual([
    {
      title: `${TITLE}; the trigger ring of callers adds rows there with the rights of clients, which would fail then (42501): make ring() SECURITY DEFINER first, with a search_path of its own`,
      sql: ENABLED,
    },
  ]);
  expect(await fixOf(`${adding('ring')}\n${adding('läuten', UNSURE)}`)).toEqual([
    {
      title: `${TITLE}; the trigger ring of callers and the trigger "läuten" of callers add rows there with the rights of clients, which would fail then (42501): the functions get the rights of their owners, but for some: make "läuten"() SECURITY DEFINER first, with a search_path of its own`,
      sql: `${ENABLED}\nalter function public.ring() security definer set search_path = '';`,
    },
  ]);
});
