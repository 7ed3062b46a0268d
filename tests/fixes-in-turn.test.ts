// Whoever works through a report rule by rule, each fix as it stands and in a migration of its own, gets to its end: every fix
// runs, on the replay and on a server, and no finding that a fix closed comes back.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../src/audit/audit.ts';
import { loadBuiltInRules } from '../src/config/built-in-rules.ts';
import type { AddressedRule } from '../src/rule/addressed-rule.ts';
import type { Finding } from '../src/rule/finding.ts';
import { discover } from '../src/sources/migrations/discovery/discover.ts';
import { migrations } from '../src/sources/migrations/migrations.ts';
import type { Reading } from '../src/sources/source.ts';
import { startEmbeddedPostgres } from '../src/testing/embedded-postgres.ts';
import { runHistory } from '../src/testing/run-history.ts';

const PROJECTS = join('fixtures', 'projects');
const FIX = /(?:^|\/)9999\d+_/;
/** More than any project here needs: what goes in a circle is no reason to wait. */
const MOST_ROUNDS = 60;

let rules: readonly AddressedRule[];
const scratch = mkdtempSync(join(tmpdir(), 'ddlint-fixes-'));

beforeAll(async () => {
  rules = await loadBuiltInRules();
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Worked {
  readonly fixes: number;
  readonly again: readonly string[];
  readonly refused: readonly string[];
}

async function workThrough(folder: string): Promise<Worked> {
  const done = new Set<string>();
  const again: string[] = [];
  for (let round = 0; ; round++) {
    const { findings, reading } = await report(folder);
    const open = fixable(findings);
    const batch = open.filter((each) => each.ruleId === open[0]?.ruleId);
    if (batch.length === 0 || round === MOST_ROUNDS) return { fixes: done.size, again, refused: refusedBy(reading) };
    for (const { ruleId, object, fingerprint } of batch) {
      const key = `${ruleId} ${object.name} ${fingerprint}`;
      if (done.has(key)) again.push(key);
      done.add(key);
    }
    migrate(folder, round, batch);
    if (again.length > 0) return { fixes: done.size, again, refused: refusedBy(reading) };
  }
}

/** Each fix as a migration of its own, behind all there are. */
function migrate(folder: string, round: number, findings: readonly Finding[]): void {
  findings.forEach(({ ruleId, fix }, index) => {
    const version = `9999${String(round).padStart(4, '0')}${String(index).padStart(6, '0')}`;
    writeFileSync(join(folder, 'supabase', 'migrations', `${version}_${ruleId}.sql`), `${fix?.sql}\n`);
  });
}

function fixable(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((each) => each.fix !== null && each.fix.safety !== 'destructive');
}

async function report(folder: string): Promise<{ findings: readonly Finding[]; reading: Reading }> {
  const reading = await migrations({ paths: [], cwd: folder, platform: 'auto', exposure: 'auto' }).read();
  const source = { name: folder, read: async () => reading };
  const { report } = await audit(source, {
    rules,
    selection: { preset: 'recommended', only: [], settings: new Map() },
  });
  return { findings: report.findings, reading };
}

function found(folder: string) {
  return discover({ paths: [], cwd: folder, platform: 'auto', exposure: 'auto' });
}

/** What replay says that a server would refuse of the fixes. */
function refusedBy({ journal }: Reading): readonly string[] {
  return journal.flatMap((change) =>
    change.type === 'failed' && FIX.test(change.by.at.file)
      ? [`${change.by.at.file}: ${JSON.stringify(change.problem)}`]
      : [],
  );
}

/** Histories in which two rules have something to say of one policy or column. */
const TWO_RULES: readonly (readonly [what: string, sql: string])[] = [
  [
    'policies that call auth.uid() for each row, and are to be merged',
    `create table public.notes (id bigint primary key, owner_id uuid not null, reader_id uuid not null);
     alter table public.notes enable row level security;
     create policy own on public.notes for select to authenticated using (owner_id = auth.uid());
     create policy shared on public.notes for select to authenticated using (reader_id = auth.uid());`,
  ],
  [
    'a strict setting that is asked for in each row',
    `create table public.notes (id bigint primary key, tenant text not null);
     alter table public.notes enable row level security;
     create policy own on public.notes to authenticated using (tenant = current_setting('app.tenant'));`,
  ],
  [
    'one policy among several for each of two commands',
    `create table public.notes (id bigint primary key, owner_id uuid not null, reader_id uuid not null);
     create index on public.notes (owner_id);
     create index on public.notes (reader_id);
     alter table public.notes enable row level security;
     create policy "the owner of a note may do with it whatever comes to mind (all)" on public.notes for all to authenticated using (owner_id = (select auth.uid()));
     create policy shared on public.notes for select to authenticated using (reader_id = (select auth.uid()));
     create policy sent on public.notes for insert to authenticated with check (reader_id = (select auth.uid()));`,
  ],
  [
    'a key that may be NULL and says whose a row is',
    `create table public.profiles (id uuid primary key);
     create table public.notes (id bigint primary key, profile_id uuid references public.profiles (id));
     create index on public.notes (profile_id);
     alter table public.notes enable row level security;
     create policy own on public.notes to authenticated using (profile_id = (select auth.uid()));`,
  ],
];

describe('fixes of two rules for one thing', () => {
  function projectOf(sql: string): string {
    const folder = mkdtempSync(join(scratch, 'two-'));
    mkdirSync(join(folder, 'supabase', 'migrations'), { recursive: true });
    writeFileSync(join(folder, 'supabase', 'migrations', '20250101000000_init.sql'), sql);
    return folder;
  }

  async function left(folder: string): Promise<readonly string[]> {
    const { findings } = await report(folder);
    return findings.filter(({ ruleId }) => AGREED.includes(ruleId)).map(({ message }) => message);
  }

  it.each(TWO_RULES)('in turn: %s', async (_, sql) => {
    const folder = projectOf(sql);
    const { fixes, again, refused } = await workThrough(folder);
    expect(again).toEqual([]);
    expect(refused).toEqual([]);
    expect(fixes).toBeGreaterThan(0);
    expect(await left(folder)).toEqual([]);
  });

  it.each(TWO_RULES)('one report at once: %s', async (_, sql) => {
    const folder = projectOf(sql);
    migrate(folder, 0, fixable((await report(folder)).findings));
    expect(await left(folder)).toEqual([]);
  });

  it('one report at once, in its order, lets in whom the policies let in before', async () => {
    const folder = projectOf(
      `create table public.notes (id bigint primary key, owner_id uuid not null, reader_id uuid not null, is_open bool not null);
       create index on public.notes (owner_id);
       create index on public.notes (reader_id);
       alter table public.notes enable row level security;
       create policy own on public.notes for select using (owner_id = auth.uid());
       create policy shared on public.notes for select using (reader_id = auth.uid());
       create policy open on public.notes for select using (is_open);`,
    );
    const { findings } = await report(folder);
    const told = new Set(findings.map(({ ruleId }) => ruleId));
    for (const id of ['multiple-permissive-policies', 'per-row-auth-call', 'policy-for-public-role'])
      expect(told).toContain(id);
    migrate(folder, 0, fixable(findings));
    const { reading } = await report(folder);
    expect(refusedBy(reading)).toEqual([]);
    const policies = reading.graph.ofKind('policy');
    expect(policies.every(({ roles }) => roles.includes('public'))).toBe(true);
    const conditions = policies.map(({ using }) => using?.text ?? '').join(' ');
    for (const column of ['owner_id', 'reader_id', 'is_open']) expect(conditions).toContain(column);
  });

  it('one report at once opens no rows of a deleted tenant to others, and deletes none where they are marked', async () => {
    const folder = projectOf(
      `create table public.units (id uuid primary key, name text not null, deleted_at timestamptz);
       create table public.profiles (id uuid primary key, unit_id uuid references public.units (id));
       create table public.homes (id bigint primary key, unit_id uuid not null references public.units (id));
       create table public.people (id bigint primary key, unit_id uuid not null references public.units (id));
       create function public.my_unit() returns uuid language sql stable security definer set search_path = '' as $$
         select p.unit_id from public.profiles p where p.id = (select auth.uid())
       $$;
       alter table public.profiles enable row level security;
       create policy all_or_own on public.profiles for select to authenticated
         using (unit_id = (select public.my_unit()) or id = (select auth.uid()));
       alter table public.homes enable row level security;
       create policy own on public.homes for select to authenticated using (unit_id = (select public.my_unit()));
       alter table public.people enable row level security;
       create policy own on public.people for select to authenticated using (unit_id = (select public.my_unit()));`,
    );
    migrate(folder, 0, fixable((await report(folder)).findings));
    const { reading } = await report(folder);
    const { graph } = reading;
    expect(refusedBy(reading)).toEqual([]);
    const keys = graph.ofKind('foreignKey').filter(({ columns }) => graph.columnNames(columns).includes('unit_id'));
    expect(keys.map(({ onDelete }) => onDelete)).toEqual(['restrict', 'restrict', 'restrict']);
  });

  it('one report at once asks where a key is to refer to before it asks what a delete does', async () => {
    const folder = projectOf(
      `create table public.officers (id bigint primary key);
       create table public.members (id bigint primary key);
       create table public.visits (id bigint primary key, officer_id bigint references public.members (id));
       create index on public.visits (officer_id);`,
    );
    const { findings } = await report(folder);
    const told = findings.filter(({ object }) => object.name.includes('officer_id')).map(({ ruleId }) => ruleId);
    expect(told).toEqual(expect.arrayContaining(['misleading-foreign-key', 'no-action-foreign-key']));
    migrate(folder, 0, fixable(findings));
    expect((await report(folder)).findings.map(({ ruleId }) => ruleId)).not.toContain('misleading-foreign-key');
  });

  it('puts a lost key back as it was', async () => {
    const folder = projectOf(
      `create table public.papers (id bigint primary key, title text not null);
       create table public.paper_parts (id bigint primary key, paper_id bigint references public.papers (id) on delete cascade);
       create index on public.paper_parts (paper_id);
       drop table public.papers cascade;
       create table public.papers (id bigint primary key, title text not null);`,
    );
    migrate(folder, 0, fixable((await report(folder)).findings));
    const { graph } = (await report(folder)).reading;
    const keys = graph.ofKind('foreignKey').filter(({ columns }) => graph.columnNames(columns).includes('paper_id'));
    expect(keys.map(({ onDelete }) => onDelete)).toEqual(['cascade']);
  });

  it('one report at once leaves a log whose entries outlive what they tell of', async () => {
    const folder = projectOf(
      `create table public.shops (id uuid primary key, name text not null);
       create table public.audit_logs (id bigint primary key, shop_id uuid references public.shops (id), action text not null);
       create index on public.audit_logs (shop_id);
       alter table public.audit_logs enable row level security;
       create policy own on public.audit_logs for select to authenticated using (shop_id = (select auth.uid()));`,
    );
    const { findings } = await report(folder);
    const told = findings.filter(({ object }) => object.name.includes('shop_id')).map(({ ruleId }) => ruleId);
    expect(told).toEqual(expect.arrayContaining(['no-action-foreign-key', 'nullable-policy-column']));
    migrate(folder, 0, fixable(findings));
    const { reading } = await report(folder);
    const { graph } = reading;
    const keys = graph.ofKind('foreignKey').filter(({ columns }) => graph.columnNames(columns).includes('shop_id'));
    expect(keys.map(({ onDelete }) => onDelete)).toEqual(['set null']);
    expect(keys.flatMap(({ columns }) => columns.map((id) => graph.get('column', id).notNull))).toEqual([false]);
  });
});

/** What none of those histories still has in the end. */
const AGREED: readonly string[] = [
  ...['per-row-auth-call', 'setting-without-missing-ok', 'nullable-policy-column', 'missing-not-null'],
  ...['no-action-foreign-key', 'set-null-on-not-null', 'unknown-object', 'duplicate-object'],
];

describe('the fixes of a report, rule by rule', () => {
  const supabase = readdirSync(PROJECTS).filter((each) => ['omnichat', 'mailtier', 'smalltalk'].includes(each));
  it.each(supabase)('%s', async (project) => {
    const folder = join(scratch, project);
    cpSync(join(PROJECTS, project), folder, { recursive: true });
    const { fixes, again, refused } = await workThrough(folder);
    expect(again).toEqual([]);
    expect(refused).toEqual([]);
    expect(fixes).toBeGreaterThan(20);

    const history = found(folder);
    const database = await startEmbeddedPostgres(history);
    try {
      const run = await runHistory(database, history, false);
      const failed = run.refused.filter(({ at }) => FIX.test(at.file));
      expect(failed.map(({ at, sql, message }) => `${at.file}: ${message}\n${sql}`)).toEqual([]);
    } finally {
      await database.close();
    }
  });
});
