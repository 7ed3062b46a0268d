// A fix that would not mend the finding, or would break what works today, is not given.
import { beforeAll, expect, test } from 'vitest';
import { audit } from '../src/audit/audit.ts';
import { loadBuiltInRules } from '../src/config/built-in-rules.ts';
import type { AddressedRule } from '../src/rule/addressed-rule.ts';
import type { Finding } from '../src/rule/finding.ts';
import { replaySql } from './replay/replay-sql.ts';

let rules: readonly AddressedRule[];

beforeAll(async () => {
  rules = await loadBuiltInRules();
});

async function only(id: string, sql: string): Promise<Finding> {
  const reading = await replaySql(sql, { platform: 'supabase' });
  const selection = { preset: 'strict', settings: new Map(), only: [id] } as const;
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  const [first, ...more] = report.findings;
  if (first === undefined || more.length > 0) throw new Error(`${report.findings.length} findings of ${id}`);
  return first;
}

const drafts = (
  check: string,
) => `create table drafts (id bigint primary key, owner uuid not null, state text not null);
alter table drafts enable row level security;
create policy reading on drafts for select to authenticated using (true);
create policy sending on drafts for update to authenticated
  using (owner = (select auth.uid()) and state in ('open', 'approved'))
  with check (${check});`;

test('a check that no row could pass', async () => {
  const id = 'policy-check-weaker-than-using';
  expect((await only(id, drafts("state = 'sent'"))).fix).toBeNull();
  expect((await only(id, drafts("state = 'approved'"))).fix?.sql).toContain("state = 'approved'");
});

test('half of the places at which a column takes the name of a parameter', async () => {
  const courses = `create table courses (id uuid primary key);
create table enrolments (id uuid primary key, course_id uuid not null references courses (id));
alter table courses enable row level security;
alter table enrolments enable row level security;`;
  const counting = (from: string) => `${courses}
create function enrolled(course_id uuid) returns bigint language sql stable set search_path = public, pg_temp as $$
  select count(*) from ${from} where e.course_id = course_id
$$;`;
  const joined = await only('captured-column', counting('enrolments e right join courses c on c.id = course_id'));
  expect(joined.fix).toBeNull();
  expect((await only('captured-column', counting('enrolments e'))).fix?.sql).toContain('= enrolled.course_id');
});

test('a delete of what belongs to somebody else than who wrote it', async () => {
  const reports = (pupil: string, name = 'reports') => `create table tutors (id uuid primary key);
create table pupils (id uuid primary key);
create table ${name} (id uuid primary key, pupil_id uuid not null ${pupil}, teacher_id uuid not null references tutors (id));`;
  const owned = await only('no-action-foreign-key', reports('references pupils (id) on delete cascade'));
  expect(owned.fix?.sql).toContain('on delete set null');
  expect((await only('no-action-foreign-key', reports(''))).fix?.sql).toContain('on delete restrict');
  expect((await only('no-action-foreign-key', reports('', 'tutor_reports'))).fix?.sql).toContain('on delete cascade');
});

test('a list of values that a column of the same name had before', async () => {
  const files = (rest: string) => `create type kind as enum ('Model', 'TrainingData');
create table files (id int primary key, type kind not null /* 'Model' | 'VAE' */);
insert into files (id, type) values (1, 'TrainingData');
${rest}
alter table files alter column type set default 'Model';
create view models as select id from files where type in ('Model', 'VAE');`;
  const renamed = files(`alter table files add column type_s text /* 'Model' | 'VAE' */;
update files set type_s = 'Training Data';
alter table files drop column type;
alter table files rename column type_s to type;`);
  expect((await only('unconstrained-status', renamed)).fix).toBeNull();
  const plain = files('alter table files alter column type type text using type::text;');
  expect((await only('unconstrained-status', plain)).fix?.sql).toContain("'TrainingData'");
});

test('a policy without which objects could not be replaced', async () => {
  const listing = `insert into storage.buckets (id, name, public) values ('pics', 'pics', true);
create policy seeing on storage.objects for select using (bucket_id = 'pics');`;
  const changing = `create policy changing on storage.objects for update to authenticated
  using (bucket_id = 'pics' and owner_id = (select auth.uid()::text));`;
  expect((await only('public-bucket-listing', listing)).fix?.sql).toContain('drop policy seeing');
  expect((await only('public-bucket-listing', `${listing}\n${changing}`)).fix).toBeNull();
});

test('of a policy that another fix mends, the one that only makes it quicker', async () => {
  const sql = `create table rooms (id uuid primary key default gen_random_uuid(), name text not null);
create table members (id uuid primary key default gen_random_uuid(), room_id uuid not null references rooms (id) on delete cascade, user_id uuid not null);
alter table rooms enable row level security;
alter table members enable row level security;
create policy own on members for select using (user_id = auth.uid());
create policy theirs on rooms for select using (exists (select 1 from members where room_id = id and user_id = auth.uid()));
create policy named on rooms for select using (name = 'all' and (select auth.uid()) is not null);`;
  const reading = await replaySql(sql, { platform: 'supabase' });
  const selection = {
    preset: 'strict',
    settings: new Map(),
    only: ['captured-column', 'per-row-auth-call', 'multiple-permissive-policies'],
  } as const;
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  const fixes = report.findings.map(({ ruleId, object, fix }) => [ruleId, object.name, fix !== null] as const);
  expect(fixes).toEqual([
    ['captured-column', 'public.rooms.theirs', true],
    ['per-row-auth-call', 'public.members.own', true],
    ['multiple-permissive-policies', 'public.rooms', false],
    ['per-row-auth-call', 'public.rooms.theirs', false],
  ]);
});

test('empty rows are not filled where that shows them to others, or makes two of one key', async () => {
  const table = (
    more: string,
  ) => `create table plans (id uuid primary key, owner uuid not null, year int not null, ${more});
create index on plans (owner);
alter table plans enable row level security;`;
  const own = 'create policy own on plans to authenticated using (owner = (select auth.uid()));';
  const id = 'missing-not-null';
  const state = "state text default 'approved' check (state in ('draft', 'approved'))";
  const shown = `create policy shown on plans for select using (state = 'approved');`;
  expect((await only(id, table(state) + own)).fix?.sql).toContain('set state = default');
  expect((await only(id, table(state) + own + shown)).fix?.sql).not.toContain('update');
  const active = 'is_active boolean default true';
  expect((await only(id, table(active) + own)).fix?.sql).toContain('set is_active = default');
  expect((await only(id, table(`${active}, unique (owner, year, is_active)`) + own)).fix?.sql).not.toContain('update');
});

test('ON CONFLICT DO NOTHING where a row that is there would have been changed', async () => {
  const counting = (
    found: string,
  ) => `create table tallies (id uuid primary key, owner uuid not null unique, n int not null default 0);
create function tally(who uuid) returns void language plpgsql set search_path = '' as $$
begin
  if exists (select 1 from public.tallies t where t.owner = who) then
    ${found}
  else
    insert into public.tallies (id, owner, n) values (gen_random_uuid(), who, 1);
  end if;
end
$$;`;
  const id = 'check-then-insert-race';
  expect((await only(id, counting('return;'))).fix?.sql).toContain('on conflict do nothing');
  expect((await only(id, counting('update public.tallies set n = n + 1 where owner = who;'))).fix).toBeNull();
});

test('a body that is written again keeps the search_path that another fix gives', async () => {
  const saving = (security: string) => `create table notes (id uuid primary key, owner uuid not null unique);
create function note(who uuid) returns void language plpgsql ${security} as $$
begin
  if not exists (select 1 from notes n where n.owner = who) then
    insert into notes (id, owner) values (gen_random_uuid(), who);
  end if;
end
$$;`;
  const pinned = 'alter function public.note(uuid) set search_path = public, extensions, pg_temp;';
  const id = 'check-then-insert-race';
  expect((await only(id, saving('security definer'))).fix?.sql).toContain(pinned);
  expect((await only(id, saving('security invoker'))).fix?.sql).not.toContain('alter function');
  const asking = `create function is_admin() returns boolean language sql stable security definer as $$
  select coalesce(auth.jwt() -> 'user_metadata' ->> 'role', '') = 'admin'
$$;
create table reports (id uuid primary key);
alter table reports enable row level security;
create policy admins on reports for select to authenticated using ((select is_admin()));`;
  const { fix } = await only('policy-trusts-user-metadata', asking);
  expect(fix?.sql).toContain("'app_metadata'");
  expect(fix?.sql).toContain('alter function public.is_admin() set search_path = public, extensions, pg_temp;');
});

test('policies are not joined, or kept in the place of others, where another finding is about one of them', async () => {
  const badges = (
    column: string,
    rest: string,
  ) => `create table badges (id uuid primary key, holder uuid not null, ${column});
create index on badges (holder);
alter table badges enable row level security;
create policy seeing on badges for select to authenticated using (holder = auth.uid());
${rest}`;
  const only = [
    'self-granted-access',
    'write-policy-without-caller',
    'dead-policy',
    'multiple-permissive-policies',
    'per-row-auth-call',
  ];
  const fixesOf = async (sql: string) => {
    const reading = await replaySql(sql, { platform: 'supabase' });
    const selection = { preset: 'strict', settings: new Map(), only } as const;
    const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
    return report.findings.map(({ ruleId, object, fix, related }) => {
      const isMerged = related.some(({ note }) => note.includes('merges both'));
      return [ruleId, object.name, isMerged ? 'merged' : fix !== null];
    });
  };
  // Everybody makes himself an admin by the one that would be kept, and the one that is right would be dropped.
  const ranked = badges(
    "role text not null default 'member'",
    `create policy managing on badges for all to authenticated using (holder = auth.uid());
create table reports (id uuid primary key);
alter table reports enable row level security;
create policy admins on reports for select to authenticated
  using (exists (select 1 from badges where holder = (select auth.uid()) and role = 'admin'));`,
  );
  expect(await fixesOf(ranked)).toEqual([
    ['self-granted-access', 'public.badges.managing', true],
    ['per-row-auth-call', 'public.badges.managing', true],
    ['per-row-auth-call', 'public.badges.seeing', true],
    ['multiple-permissive-policies', 'public.badges', false],
  ]);
  // Joined with another, it would be harder to close.
  const coded = badges(
    'code text not null',
    'create policy coded on badges for all to authenticated using (code is not null);',
  );
  expect(await fixesOf(coded)).toEqual([
    ['write-policy-without-caller', 'public.badges.coded', false],
    ['per-row-auth-call', 'public.badges.seeing', true],
    ['multiple-permissive-policies', 'public.badges', false],
  ]);
  // The other that lets nobody in either, of which the same finding tells.
  const unheld = badges(
    'is_open boolean not null',
    `create table archives (id uuid primary key);
alter table archives enable row level security;
create policy clerks on archives for select to authenticated using ((select auth.role()) = 'clerk');
create policy clerks on badges for select to authenticated using ((select auth.role()) = 'clerk');`,
  );
  expect(await fixesOf(unheld)).toEqual([
    ['per-row-auth-call', 'public.badges.seeing', true],
    ['dead-policy', 'public.archives.clerks', false],
    ['multiple-permissive-policies', 'public.badges', false],
  ]);
  const open = badges(
    'is_open boolean not null',
    'create policy open on badges for select to authenticated using (is_open);',
  );
  expect(await fixesOf(open)).toEqual([
    ['per-row-auth-call', 'public.badges.seeing', 'merged'],
    ['multiple-permissive-policies', 'public.badges', true],
  ]);
});

test('of a policy of several what the fix of another finding writes', async () => {
  const table = (name: string) => `create table ${name} (id bigint primary key, is_public boolean not null);
alter table ${name} enable row level security;
create policy editors on ${name} for select to authenticated using (public.edits());`;
  const finding = await only(
    'per-row-helper-call',
    `create table staff (user_id uuid primary key);
create function public.edits() returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select 1 from public.staff where user_id = auth.uid()) $$;
${['pages', 'drafts', 'tags'].map(table).join('\n')}
create policy everybody on tags for select to authenticated using (is_public);`,
  );
  expect(finding.message).toContain('by 3 policies: editors on pages, editors on drafts and editors on tags.');
  expect(finding.fix?.sql).toContain('alter policy editors on public.pages');
  expect(finding.fix?.sql).toContain('alter policy editors on public.drafts');
  expect(finding.fix?.sql).not.toContain('public.tags');
  expect(finding.related.map(({ note }) => note).join()).toContain('the fix of multiple-permissive-policies');
});

test('of a body that the fix of a weightier finding writes anew', async () => {
  const reading = await replaySql(
    `create table clubs (id uuid primary key);
create table members (club_id uuid not null references clubs (id) on delete cascade, user_id uuid not null, primary key (user_id, club_id));
create index on members (club_id);
alter table clubs enable row level security;
alter table members enable row level security;
create function public.join_club(p_club uuid) returns void language plpgsql security definer set search_path = '' as $$
declare
  v_user uuid := auth.uid();
  v_count integer;
begin
  select count(*) into v_count from public.members where user_id = v_user;
  if v_count >= 5 then
    raise exception 'no more than five clubs';
  end if;
  if not exists (select 1 from public.members where user_id = v_user and club_id = p_club) then
    insert into public.members (user_id, club_id) values (v_user, p_club);
  end if;
end $$;
revoke execute on function public.join_club(uuid) from public, anon;`,
    { platform: 'supabase' },
  );
  const only = ['counted-limit-race', 'check-then-insert-race'];
  const selection = { preset: 'strict', settings: new Map(), only } as const;
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  expect(report.findings.map(({ ruleId, fix }) => [ruleId, fix !== null])).toEqual([
    ['counted-limit-race', true],
    ['check-then-insert-race', false],
  ]);
});
