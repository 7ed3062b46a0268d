import { expect, test } from 'vitest';
import { replaySql } from './replay-sql.ts';

const SCHEMA = `create schema app;
create type app.grade as enum ('low', 'high');
create table public.staff (id uuid, team uuid);
create table public.teams (id uuid, boss uuid, note text, "isOpen" boolean, grade app.grade);
create function public.is_admin() returns boolean language sql stable as 'select true';`;

/** What a guard that asks for the policy's clause decides: undefined where it is left open. */
async function decided(clause: string, condition: string): Promise<boolean | undefined> {
  const { graph } = await replaySql(
    `${SCHEMA}
create policy p on public.teams using (${clause});
do $d$ begin
  if exists (select 1 from pg_policies where ${condition}) then create table public.yes (); else create table public.no (); end if;
end $d$;`,
    { platform: 'supabase' },
  );
  const isMade = (name: string) => graph.relation({ schema: 'public', name }) !== undefined;
  return isMade('yes') ? true : isMade('no') ? false : undefined;
}

// The answers are those of a server, which prints what stands behind the arrow.
test.each([
  // ( SELECT auth.uid() AS uid)
  ['(select (auth.uid())) = id', "qual like '%( SELECT auth.uid() AS uid)%'", true],
  // SELECT auth.uid() AS uid\n   FROM staff
  ['exists (select auth.uid() from public.staff)', "qual like '%select auth.uid()%'", false],
  ['exists (select auth.uid() from public.staff)', "qual like '%SELECT auth.uid()%'", true],
  ['exists (select auth.uid() from public.staff)', "qual ~ '(?<!SELECT )auth\\.uid\\(\\)'", false],
  ['exists (select auth.uid() from public.staff)', "qual like '%SELECT auth.uid() AS uid%'", undefined],
  // COALESCE(note, ''::text)
  ["coalesce(note, '') = 'a'", "qual like '%coalesce(%'", undefined],
  ["coalesce(note, '') = 'a'", "qual like '%COALESCE(%'", undefined],
  ["note = any(array['a'])", "qual like '%array%'", undefined],
  // comments are not kept
  ['auth.uid /* ( */ () = id -- auth.jwt()\n', "qual like '%auth.uid()%'", true],
  ['auth.uid /* ( */ () = id -- auth.jwt()\n', "qual like '%auth.jwt()%'", false],
  // 'low'::app.grade
  ["grade = 'low'", "qual like '%app.%'", undefined],
  // teams.boss
  ['exists (select 1 from public.staff where team = boss)', "qual like '%teams%'", undefined],
  // "isOpen"
  ['"isOpen"', `qual like '%"%'`, undefined],
  ['"isOpen"', `qual like '%"note"%'`, false],
  // An underscore of LIKE is any character.
  ['auth.uid() = id', "qual like '%ui_()%'", undefined],
  ['auth.uid() = id', "qual like '%is_admin()%'", false],
  ['is_admin()', "qual like '%is_admin()%'", true],
  ["note = U&'\\0061uth.uid()'", "qual like '%auth.uid()%'", undefined],
  // Lists that the two read in other ways.
  ['auth.uid() = id', "qual ~ '(^|[^[:punct:]])auth\\.uid\\(\\)'", undefined],
  ['auth.uid() = id', "qual ~ '(^|[^\\yx])auth\\.uid\\(\\)'", undefined],
  ['auth.uid() = id', "qual ~ '(^|[^a-z\\\"_.-])auth\\.uid\\(\\)'", true],
])('%s: %s', async (clause, condition, expected) => {
  expect(await decided(clause, condition)).toBe(expected);
});
