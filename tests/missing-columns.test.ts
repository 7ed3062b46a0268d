import { describe, expect, it } from 'vitest';
import brokenFunction from '../rules/integrity/broken-function.ts';
import unknownObject from '../rules/migration/unknown-object.ts';
import redundantIndex from '../rules/performance/redundant-index.ts';
import unindexedForeignKey from '../rules/performance/unindexed-foreign-key.ts';
import readPolicyAlwaysTrue from '../rules/security/read-policy-always-true.ts';
import { audit } from '../src/audit/audit.ts';
import { problemsOf, replaySql } from './replay/replay-sql.ts';

const rules = [
  { id: 'unknown-object', rule: unknownObject },
  { id: 'redundant-index', rule: redundantIndex },
  { id: 'unindexed-foreign-key', rule: unindexedForeignKey },
  { id: 'broken-function', rule: brokenFunction },
  { id: 'read-policy-always-true', rule: readPolicyAlwaysTrue },
];
const selection = { preset: 'strict', settings: new Map(), only: rules.map(({ id }) => id) } as const;

async function told(...files: readonly string[]) {
  const reading = await replaySql(files, { platform: 'supabase' });
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  return report.findings.map(({ ruleId: rule, message, related }) => ({ rule, message, related: related.length }));
}

const subs = `create table public.subs (id uuid primary key, tenant_id uuid not null, customer_id uuid);
create index idx_subs_tenant on public.subs (tenant_id);`;

describe('a statement that names a column which a known table lacks', () => {
  it('makes no index', async () => {
    const findings = await told(
      `${subs} create index if not exists idx_subs_x on public.subs (tenant_id, customer_id, status);`,
    );
    expect(findings.map(({ rule }) => rule)).toEqual(['unknown-object']);
  });

  it('hides no foreign key without an index', async () => {
    const findings = await told(`create table public.a (id uuid primary key);
create table public.b (id uuid primary key, a_id uuid references public.a (id));
create index ghost on public.b (a_id, gone);`);
    expect(findings.map(({ rule }) => rule).sort()).toEqual(['unindexed-foreign-key', 'unknown-object']);
  });

  it('is told once, with the others that fail for it', async () => {
    const reading = `${subs}
create index i on public.subs (status);
alter table public.subs enable row level security;
create policy p on public.subs for select using (status = 'x');
alter table public.subs add constraint c check (status <> '');
drop policy p on public.subs;`;
    expect(await told(reading)).toEqual([
      { rule: 'unknown-object', message: expect.stringContaining('public.subs.status'), related: 2 },
    ]);
    const { graph } = await replaySql(reading);
    const table = graph.relation({ schema: 'public', name: 'subs' });
    if (table === undefined) throw new Error('no table');
    expect(graph.columns(table.id).map(({ name }) => name)).toEqual(['id', 'tenant_id', 'customer_id']);
    expect([...graph.ownedBy(table.id, 'policy'), ...graph.ownedBy(table.id, 'checkConstraint')]).toEqual([]);
  });

  it('is told once, and not again of the functions that read it', async () => {
    const findings = await told(`${subs}
create index i on public.subs (status);
create function public.f() returns void language plpgsql set search_path = '' as $$
declare r record;
begin
  for r in select ps.id, ps.status from public.subs ps where ps.status = 'active' loop
    raise notice '%', r.id;
  end loop;
end $$;`);
    expect(findings.map(({ rule }) => rule)).toEqual(['unknown-object']);
  });

  it('is told of beside the other fields of NEW that a trigger function finds missing', async () => {
    const findings = await told(
      `create table printers (id int primary key, serial text);
create index on printers (mac);`,
      'create table scanners (id int primary key); alter table scanners add column mac text;',
      `create function announce() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_notify('printers', new.kind || new.mac || new.serial || new.place);
  return new;
end $$;
create trigger announce after insert on printers for each row execute function announce();`,
    );
    expect(findings.find(({ rule }) => rule === 'broken-function')?.message).toBe(
      'Every INSERT on printers fails with 42703 in announce(), the function of the trigger announce: printers has no columns kind, place and mac.',
    );
  });

  it('leaves no policy that another one counts by', async () => {
    const findings = await told(`create table device_commands (id uuid primary key, serial text not null);
alter table device_commands enable row level security;
create policy r on device_commands for select to authenticated using (true);
create index if not exists i1 on device_commands (mac_address);
create table devices (mac_address text primary key, user_id uuid not null);
alter table devices enable row level security;
create policy c on device_commands for insert to authenticated
 with check (mac_address in (select d.mac_address from devices d where d.user_id = auth.uid()));`);
    expect(findings.find(({ rule }) => rule === 'read-policy-always-true')?.message).not.toContain('mac_address');
    expect(findings.find(({ rule }) => rule === 'unknown-object')?.related).toBe(1);
  });

  it('leaves no policy that another one counts by where only a table beside it gets such a column', async () => {
    const printers = `create table printers (id uuid primary key, serial text not null);
alter table printers enable row level security;
create policy r on printers for select to authenticated using (true);
create index i1 on printers (mac);`;
    const beside = 'create table scanners (id uuid primary key); alter table scanners add column mac text;';
    const policy = `create table owned (mac text primary key, user_id uuid not null);
create policy c on printers for insert to authenticated with check (mac in (select o.mac from owned o where o.user_id = auth.uid()));`;
    const behind = await replaySql([printers, beside, policy], { platform: 'supabase' });
    expect(behind.graph.ofKind('policy').map(({ name }) => name)).toEqual(['r']);
    for (const history of [
      [printers, beside, policy],
      [printers, policy, beside],
    ]) {
      const findings = await told(...history);
      expect(findings.find(({ rule }) => rule === 'read-policy-always-true')?.message).not.toContain('although');
    }
  });

  it.each([
    'alter table public.subs add column status text;',
    'alter table public.subs rename customer_id to status;',
    "do $$ begin execute 'alter table public.subs add if not exists status text'; end $$;",
    "create function public.g() returns void language plpgsql as $$ begin execute format('alter table %I add column %I text', 'subs', 'status'); end $$;",
  ])('is out of order where a later file has %s', async (later) => {
    const reading = await replaySql([`${subs} create index i on public.subs (status);`, later]);
    expect(problemsOf(reading)).toEqual(['unknownObject column public.subs.status']);
    expect(reading.graph.relation({ schema: 'public', name: 'i' })?.kind).toBe('index');
  });

  it('is refused where the column was renamed before', async () => {
    const reading = await replaySql([
      'create table t (id int primary key, a text); alter table t rename a to b;',
      'create index i on t (a);',
    ]);
    expect(problemsOf(reading)).toEqual(['unknownObject column public.t.a']);
    expect(reading.graph.relation({ schema: 'public', name: 'i' })).toBeUndefined();
  });
});
