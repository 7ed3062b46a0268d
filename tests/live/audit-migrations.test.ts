// `ddlint audit --migrations` against embedded Postgres with the platform's objects, over the wire: where findings stand, and what
// the history in the database says of the files.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { type ServedPostgres, serveEmbedded } from '../../src/testing/serve-embedded.ts';
import { ddlint } from './run-ddlint.ts';

const INIT = `-- Übersicht
create extension vector with schema extensions;
create table public.customers (id uuid primary key references auth.users on delete cascade);
alter table public.customers enable row level security;
create table public.orders (
  id bigint primary key,
  customer_id uuid references public.customers on delete cascade
);
alter table public.orders enable row level security;
-- ddlint-ignore rls-disabled: read by everybody
create table public.countries (code text primary key, e extensions.vector(3));
-- ddlint-ignore missing-primary-key: was mended in the database
create table public.mended (a int);
`;
const MORE = `create table public.notes (id bigint primary key, customer_id uuid);
alter table public.notes enable row level security;
alter table public.notes add constraint notes_customer foreign key (customer_id) references public.customers;
create policy mine on public.notes to authenticated using (customer_id = auth.uid());
`;

let database: EmbeddedPostgres;
let served: ServedPostgres;
const cwd = mkdtempSync(join(tmpdir(), 'ddlint-audit-'));

beforeAll(async () => {
  const files = {
    'supabase/config.toml': '[db]\nport = 55555\n',
    'supabase/migrations/20250101000000_init.sql': INIT,
    'supabase/migrations/20250102000000_more.sql': MORE,
    'supabase/migrations/20250103000000_pending.sql': 'create table public.pending (id int primary key);\n',
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), text);
  }
  database = await startEmbeddedPostgres();
  await database.exec(INIT);
  await database.exec(MORE);
  await database.exec(`
    alter table public.mended add primary key (a);
    alter table public.mended enable row level security;
    create table public.extra (a int);
    alter table public.notes drop constraint notes_customer,
      add constraint notes_customer foreign key (customer_id) references public.customers on delete cascade;
    insert into supabase_migrations.schema_migrations (version, name, statements) values
      ('20240101000000', 'gone', array['select 1']),
      ('20250101000000', 'init', string_to_array($sql$${INIT.replace('-- Übersicht', '')}$sql$, E';\\n')),
      ('20250102000000', 'more', array['create table public.notes (id bigint primary key)']);
    alter role authenticator set pgrst.db_schemas = 'public';
  `);
  served = await serveEmbedded(database);
});

afterAll(async () => {
  await served.stop();
  await database.close();
  rmSync(cwd, { recursive: true, force: true });
});

const audit = (...args: readonly string[]) => ddlint(cwd, ['audit', '--db-url', served.url, ...args]);

interface Finding {
  readonly ruleId: string;
  readonly object: { readonly name: string };
  readonly location: { readonly file: string; readonly line: number } | null;
}

it('stands at the line that made the object, and at none where the database is otherwise', async () => {
  const { stdout, stderr, code } = await audit('--migrations', 'supabase/migrations', '--format', 'json');
  const { findings, source, skipped } = JSON.parse(stdout);
  const where = (ruleId: string, name: string) =>
    (findings as Finding[])
      .filter((each) => each.ruleId === ruleId && each.object.name === name)
      .map(({ location }) => location && `${location.file.split('_').at(-1)}:${location.line}`);
  expect(where('unindexed-foreign-key', 'public.orders.orders_customer_id_fkey')).toEqual(['init.sql:7']);
  expect(where('unindexed-foreign-key', 'public.notes.notes_customer')).toEqual([null]);
  expect(where('per-row-auth-call', 'public.notes.mine')).toEqual(['more.sql:4']);
  expect(where('missing-primary-key', 'public.extra')).toEqual([null]);
  expect(where('rls-disabled', 'public.extra')).toEqual([null]);
  // The comment holds; that another one is not needed is a matter of the files.
  expect(where('rls-disabled', 'public.countries')).toEqual([]);
  expect(skipped.map((each: { ruleId: string }) => each.ruleId)).toContain('unused-ignore');
  expect(source).toMatchObject({ platform: 'supabase', migrationTool: 'supabase' });
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^Reading the catalog of 127\.0\.0\.1:\d+\/postgres \(--db-url\)\.$/),
    expect.stringContaining('3 files, as supabase runs them'),
    'The migration 20250103000000_pending.sql has not been applied.',
    'The migration 20240101000000_gone was applied and has no file here.',
    'The migration 20250102000000_more.sql is not what was applied.',
    '',
  ]);
  expect(code).toBe(1);
});

it('has the same findings without the files, and reads well', async () => {
  const { stdout } = await audit('--color');
  expect(stdout).toContain('public.orders.orders_customer_id_fkey');
  const { stdout: plain } = await audit();
  expect(plain).toContain(`Read the catalog of ${new URL(served.url).host}/postgres (PostgreSQL 18.`);
  expect(plain).not.toContain('Not checked');
  const json = JSON.parse((await audit('--format', 'json', '--quiet')).stdout);
  const located = JSON.parse(
    (await audit('--format', 'json', '--quiet', '--migrations', 'supabase/migrations')).stdout,
  );
  const prints = ({ findings }: { findings: { fingerprint: string; ruleId: string }[] }) =>
    findings.map((each) => `${each.ruleId} ${each.fingerprint}`).toSorted();
  expect(prints(json).filter((each) => !prints(located).includes(each))).toEqual([
    expect.stringContaining('rls-disabled'),
  ]);
});

it('takes the port of --local from the project', async () => {
  const { stderr } = await ddlint(cwd, ['audit', '--local']);
  expect(stderr).toContain('Reading the catalog of 127.0.0.1:55555/postgres (--local).');
  expect(stderr).toContain('Nothing answers at 127.0.0.1:55555/postgres');
});

it('says that a server without TLS has none', async () => {
  const { code, stderr } = await ddlint(cwd, ['audit', '--db-url', served.url.replace('disable', 'require')]);
  expect(stderr).toContain('speaks no TLS: sslmode=disable goes without.');
  expect(code).toBe(2);
});
