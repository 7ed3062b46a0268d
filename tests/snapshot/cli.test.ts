// The built commands as processes: snapshot, audit --snapshot, lint --base, drift. `npm test` builds first.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ddlint-drift-'));
  folders.push(folder);
  for (const [file, text] of Object.entries({ '.git/HEAD': '', ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

function ddlint(cwd: string, ...args: readonly string[]) {
  const env = { PATH: process.env.PATH ?? '', HOME: cwd };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

function schemaOf(name: string): object {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as object;
}

const ORDERS = `create table public.orders (id bigint primary key, note text);
alter table public.orders enable row level security;
create policy readers on public.orders for select using (note <> '');
`;

describe('ddlint snapshot', () => {
  let folder: string;
  beforeAll(() => {
    folder = project({
      'supabase/migrations/1_a.sql': `${ORDERS}create table public.open (id bigint primary key);\n`,
      'later/1_b.sql': 'alter table public.orders add column total int;\n',
    });
    ddlint(folder, 'snapshot', 'supabase/migrations', '-o', 'schema.json');
  });

  it('writes a file that its schema describes, the same each time', () => {
    const { status, stderr, stdout } = ddlint(folder, 'snapshot', 'supabase/migrations', '-o', 'out/schema.json');
    expect(stderr).toMatch(/out\/schema\.json: \d+ objects, \d+ KB\./);
    expect([status, stdout]).toEqual([0, '']);
    const text = readFileSync(join(folder, 'out/schema.json'), 'utf8');
    expect(text).toBe(readFileSync(join(folder, 'schema.json'), 'utf8'));
    const validate = new Ajv().compile(schemaOf('snapshot'));
    validate(JSON.parse(text));
    expect(validate.errors).toBeNull();
  });

  it('is audited as the files are, with their places', () => {
    const audit = ddlint(folder, 'audit', '--snapshot', 'schema.json', '--format', 'json', '--fail-on', 'never');
    const lint = ddlint(folder, 'lint', 'supabase/migrations', '--format', 'json', '--fail-on', 'never');
    const findings = ({ stdout: json }: { readonly stdout: string }) =>
      (
        JSON.parse(json) as { findings: readonly { ruleId: string; location: { file: string; line: number } }[] }
      ).findings.map(({ ruleId, location }) => `${ruleId} ${location?.file}:${location?.line}`);
    expect(audit.status).toBe(0);
    expect(findings(audit).length).toBeGreaterThan(0);
    expect(findings(audit)).toEqual(findings(lint));
  });

  it('is what a history goes on from', () => {
    const unknown = ddlint(folder, 'lint', 'later', '--rule', 'unknown-object');
    expect(unknown.stdout).toContain('The table public.orders does not exist');
    expect(unknown.status).toBe(1);
    expect(ddlint(folder, 'explain', 'unknown-object').stdout.replace(/\s+/g, ' ')).toContain('--base SNAPSHOT');
    expect(ddlint(folder, 'lint', 'later', '--rule', 'unknown-object', '--base', 'schema.json').status).toBe(0);
  });

  it('bad input is a sentence and exit code 2', () => {
    const folder = project({
      'broken.json': '{"format": "ddlint',
      'newer.json': '{"format": "ddlint snapshot", "version": 7, "ddlint": "3.0.0"}',
      'proto.json': '{"format": "ddlint snapshot", "version": 1, "__proto__": {"x": 1}}',
      'huge.json': '',
      'migrations/1_a.sql': ORDERS,
    });
    truncateSync(join(folder, 'huge.json'), 200 * 1024 * 1024);
    const failures = [
      ['broken.json', 'broken.json is no JSON'],
      [
        'newer.json',
        'was written by ddlint 3.0.0 in version 7 of the format; this ddlint reads version 1. Update ddlint',
      ],
      ['proto.json', 'proto.json is no valid snapshot'],
      ['huge.json', 'huge.json has 200 MB; snapshots over 128 MB are not read.'],
      ['none.json', 'none.json: no such file.'],
    ] as const;
    const refused = ([file, sentence]: (typeof failures)[number], ...args: readonly string[]) => {
      const { status, stdout, stderr } = ddlint(folder, ...args, file);
      expect(stderr).toContain(sentence);
      expect(stderr).not.toContain('ddlint broke');
      expect([status, stdout]).toEqual([2, '']);
    };
    for (const failure of failures) refused(failure, 'audit', '--snapshot');
    refused(failures[2], 'lint', 'migrations', '--base');
    refused(failures[1], 'drift', 'migrations');
    expect(ddlint(folder, 'snapshot', 'migrations')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--output FILE'),
    });
  });
});

describe('ddlint drift', () => {
  const folder = project({
    'before/1_a.sql': ORDERS,
    'after/1_a.sql': `${ORDERS}alter table public.orders disable row level security;\ncreate table public.log (id int);\n`,
  });

  it('says nothing of equal schemas, whatever they are read from', () => {
    ddlint(folder, 'snapshot', 'before', '-o', 'before.json');
    for (const pair of [
      ['before', 'before'],
      ['before', 'before.json'],
      ['before.json', 'before.json'],
    ]) {
      const { status, stdout } = ddlint(folder, 'drift', ...pair);
      expect(stdout).toContain('✓ No drift.');
      expect(status).toBe(0);
    }
  });

  it('names what differs, with the SQL for each side', () => {
    const { status, stdout } = ddlint(folder, 'drift', 'before', 'after');
    expect(status).toBe(1);
    expect(stdout).toContain(`Only in after (1)

  ● table public.log
    after/1_a.sql:5:1
    to run on before
      create table public.log (
        id integer
      );

Different in before and after (1)

  ● table public.orders
    row security
      left  true
      right false
    before/1_a.sql:2:27
    to run on before
      alter table public.orders disable row level security;
    to run on after
      alter table public.orders enable row level security;
`);
    expect(stdout).toContain('✗ 2 objects differ.');
    expect(ddlint(folder, 'drift', 'before', 'after', '--sql', 'right').stdout).not.toContain('to run on before');
  });

  it('prints a script for one side', () => {
    const script = (side: string) => ddlint(folder, 'drift', 'before', 'after', '--format', 'sql', '--sql', side);
    expect(script('left')).toMatchObject({
      status: 1,
      stdout: `-- To run on before, to make it like after.

create table public.log (
  id integer
);
alter table public.orders disable row level security;
`,
    });
    expect(script('right').stdout).toBe(`-- To run on after, to make it like before.
-- No SQL that is sure to run and to keep every row can be written for
--   table public.log

alter table public.orders enable row level security;
`);
  });

  it('prints JSON that its schema describes', () => {
    const { status, stdout } = ddlint(folder, 'drift', 'before', 'after', '--format', 'json');
    expect(status).toBe(1);
    const validate = new Ajv().compile(schemaOf('drift'));
    validate(JSON.parse(stdout));
    expect(validate.errors).toBeNull();
    expect(JSON.parse(stdout)).toMatchObject({
      summary: { onlyLeft: 0, onlyRight: 1, changed: 1, uncertain: 0 },
      differences: [
        { kind: 'table', name: 'public.log', state: 'only-right', sql: { onRight: null } },
        { kind: 'table', name: 'public.orders', facts: [{ name: 'rowSecurity', left: 'true', right: 'false' }] },
      ],
    });
  });

  it('what it cannot do is a sentence and exit code 2', () => {
    const failures = [
      [['a', 'b', 'c'], 'compares two sources, not 3'],
      [['before'], 'No database is named'],
      [['before', 'after', '--local'], 'Two sources and a database'],
      [['nowhere', 'after'], 'nowhere'],
      [['before', 'postgres://u:hunter2@localhost:1/x'], 'localhost'],
      [['before', 'after', '--format', 'sql'], 'add --sql left or --sql right'],
      [['before', 'after', '--sql', 'up'], '--sql must be one of left, right, both, none'],
    ] as const;
    for (const [args, sentence] of failures) {
      const { status, stdout, stderr } = ddlint(folder, 'drift', ...args);
      expect(stderr).toContain(sentence);
      expect(stderr).not.toMatch(/hunter2|ddlint broke/);
      expect([status, stdout]).toEqual([2, '']);
    }
  });
});
