// The built command as a process: what it prints where, and how it ends. `npm test` builds it first.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));
const DOOR = new URL('../dist/src/index.js', import.meta.url).href;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A project with these files, under version control as far as ddlint looks. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ddlint-cli-'));
  folders.push(folder);
  for (const [file, text] of Object.entries({ '.git/HEAD': '', ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

function ddlint(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const clean = { PATH: process.env.PATH ?? '', HOME: cwd, LC_ALL: 'de_DE.UTF-8', ...env };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd, env: clean, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const TABLE = 'create table public.t (id bigint primary key);\n';
/** Has one finding of invalid-ignore, medium, on its first line. */
const BAD = `-- ddlint-ignore no-such-rule: x\n${TABLE}`;
const ONLY = ['--rule', 'invalid-ignore'];

const small = () => project({ 'supabase/migrations/20250101000000_init.sql': BAD });

describe('exit codes', () => {
  it('0 for no findings', () => {
    const { status, stdout, stderr } = ddlint(project({ 'migrations/1_a.sql': TABLE }), ONLY);
    expect(stdout).toContain('All clear: 1 rule looked');
    expect(stderr).toContain('migrations');
    expect(status).toBe(0);
  });

  it('1 for findings at or above --fail-on, 0 for findings below', () => {
    const folder = small();
    expect(ddlint(folder, [...ONLY, '--fail-on', 'medium']).status).toBe(1);
    expect(ddlint(folder, [...ONLY, '--fail-on', 'low']).status).toBe(1);
    expect(ddlint(folder, ONLY).status).toBe(0);
    expect(ddlint(folder, [...ONLY, '--fail-on', 'never']).status).toBe(0);
  });

  it('counts findings that --level hides', () => {
    const { status, stdout } = ddlint(small(), [...ONLY, '--fail-on', 'low', '--level', 'high']);
    expect(stdout).toContain('--level low shows the 1 below high.');
    expect(status).toBe(1);
  });
});

describe('what is wrong is said in a sentence on stderr, with exit code 2', () => {
  it.each([
    [['--fromat', 'json'], 'Unknown option --fromat. Did you mean format?'],
    [['--format', 'jsn'], 'unknown format "jsn"'],
    [['--level', 'hgh'], '--level must be one of critical, high, medium, low, not "hgh". Did you mean high?'],
    [['--fail-on', 'error'], '--fail-on must be one of'],
    [['--preset', 'strct'], 'Did you mean strict?'],
    [['--platform', 'supbase'], 'Did you mean supabase?'],
    [['--rule', 'invalid-ignor'], 'unknown rule "invalid-ignor". Did you mean invalid-ignore?'],
    [['--output', 'sarif'], '--output takes FORMAT=FILE'],
    [['--output', 'xml=a.xml'], 'unknown format "xml"'],
    [['--config', 'nowhere.jsonc'], 'Cannot read the configuration nowhere.jsonc'],
    [['lnt'], 'lnt: no such file or folder. Did you mean the command lint?'],
    [['nowhere'], 'nowhere: no such file or folder'],
    [['explain'], 'Which rule?'],
    [['explain', 'unused-ignor'], 'Did you mean unused-ignore?'],
    [['explain', 'unused-ignore', 'too-much'], 'Unexpected argument "too-much"'],
    [['rules', '--format', 'sarif'], '--format must be one of pretty, json'],
    [['--output', 'json=supabase/migrations'], 'Cannot write supabase/migrations'],
  ])('%j', (args, sentence) => {
    const { status, stdout, stderr } = ddlint(small(), args);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n\s+at |node:internal/);
    if (!args.includes('json=supabase/migrations')) expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('nothing to audit', () => {
    expect(ddlint(project({}), [])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('No migrations found'),
    });
  });

  it.each([
    ['{ "preset": "strict" ', 'ddlint.jsonc:1:'],
    ['{\n  "presett": "strict"\n}', 'ddlint.jsonc:2:3: unknown key "presett". Did you mean preset?'],
    ['{ "preset": "strct" }', 'ddlint.jsonc:1:3: preset must be one of recommended, strict, security.'],
    ['{ "rules": { "invalid-ignor": "off" } }', 'unknown rule "invalid-ignor". Did you mean invalid-ignore?'],
    ['{ "rules": { "securty/*": "off" } }', 'unknown category "securty/*". Did you mean security/*?'],
    [
      '{ "rules": { "invalid-ignore": "loud" } }',
      'must be a level (on, off, critical, high, medium, low) or [level, options]',
    ],
    ['{ "rules": { "invalid-ignore": ["on", { "x": 1 }] } }', 'invalid-ignore has no options.'],
    ['{ "ignores": [{ "rule": "invalid-ignore", "object": "public.*" }] }', 'lacks "reason"'],
    [
      '{ "ignores": [{ "rule": "invalid-ignore", "object": "a", "reason": "b", "objct": "c" }] }',
      'unknown key "objct". Did you mean object?',
    ],
    ['{ "paths": "migrations" }', 'paths must be array'],
    ['{ "plugins": ["ddlint-plugin-nowhere"] }', 'The plugin ddlint-plugin-nowhere is not installed in this project.'],
    ['{ "plugins": ["./missing.js"] }', 'The plugin ./missing.js does not exist.'],
    ['{ "plugins": ["../../etc/hosts"] }', 'lies outside of the project'],
    ['', 'ddlint.jsonc is empty'],
  ])('the configuration %s', (config, sentence) => {
    const folder = project({ 'ddlint.jsonc': config, 'migrations/1_a.sql': TABLE });
    const { status, stdout, stderr } = ddlint(folder, []);
    expect(stderr).toContain(sentence);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('output', () => {
  it('the report goes to stdout and all else to stderr; --quiet stops the latter', () => {
    const { stdout, stderr } = ddlint(small(), [...ONLY, '--format', 'json', '--timing']);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, summary: { findings: 1 } });
    expect(stderr).toMatch(/platform supabase/);
    expect(stderr).toMatch(/ms {2}in all/);
    expect(ddlint(small(), [...ONLY, '--quiet']).stderr).toBe('');
  });

  it('--output writes further reports beside the printed one', () => {
    const folder = small();
    const { stdout, status } = ddlint(folder, [
      ...ONLY,
      '--output',
      'json=out/r.json',
      '--output',
      'sarif=out/r.sarif',
    ]);
    expect(status).toBe(0);
    expect(stdout).toContain('MEDIUM');
    const schema = readFileSync(new URL('../schemas/report.schema.json', import.meta.url), 'utf8');
    const validate = new Ajv().compile(JSON.parse(schema) as object);
    validate(JSON.parse(readFileSync(join(folder, 'out/r.json'), 'utf8')));
    expect(validate.errors).toBeNull();
    expect(JSON.parse(readFileSync(join(folder, 'out/r.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
  });

  it('has no colour in a pipe, not even in CI, unless it is asked for', () => {
    const folder = small();
    expect(ddlint(folder, ONLY, { CI: 'true' }).stdout).not.toContain('\u001b');
    expect(ddlint(folder, ONLY, { FORCE_COLOR: '1' }).stdout).toContain('\u001b[');
    expect(ddlint(folder, [...ONLY, '--color'], { NO_COLOR: '1' }).stdout).toContain('\u001b[');
    expect(ddlint(folder, [...ONLY, '--no-color'], { FORCE_COLOR: '1' }).stdout).not.toContain('\u001b');
    expect(ddlint(folder, [...ONLY, '--color', '--format', 'json']).stdout).not.toContain('\u001b');
  });

  it('is the same for the same input', () => {
    const folder = small();
    for (const format of ['pretty', 'json', 'sarif']) {
      expect(ddlint(folder, [...ONLY, '--format', format]).stdout).toBe(
        ddlint(folder, [...ONLY, '--format', format]).stdout,
      );
    }
  });

  it('may be read in part: a closed pipe changes no exit code and prints no error', () => {
    const lines = Array.from({ length: 3000 }, () => '-- ddlint-ignore no-such-rule: x').join('\n');
    const folder = project({ 'migrations/1_a.sql': `${lines}\n${TABLE}` });
    const script =
      '"$0" "$1" --rule invalid-ignore --all --quiet --fail-on low | head -c 10 >/dev/null; echo "$PIPESTATUS"';
    const { stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, CLI], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe('1');
  });

  it('arrives whole at a reader who takes his time', () => {
    const lines = Array.from({ length: 3000 }, () => '-- ddlint-ignore no-such-rule: x').join('\n');
    const folder = project({ 'migrations/1_a.sql': `${lines}\n${TABLE}` });
    const script = '"$0" "$1" --rule invalid-ignore --format json --quiet --fail-on never | (sleep 1; cat)';
    const { stdout } = spawnSync('bash', ['-c', script, process.execPath, CLI], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    expect(stdout.length).toBeGreaterThan(2 ** 18);
    expect(JSON.parse(stdout).findings).toHaveLength(3000);
  });

  it('shows nothing raw that a name brings along', () => {
    const folder = project({ 'migrations/1_\u001b[31mred.sql': `-- ddlint-ignore \u001b[2Jrule: x\n${TABLE}` });
    const { stdout, stderr } = ddlint(folder, ONLY);
    expect(stdout).toContain('<U+001B>[2Jrule');
    expect(stdout + stderr).not.toContain('\u001b');
  });
});

describe('what is audited', () => {
  const two = () =>
    project({
      'supabase/migrations/20250101000000_a.sql': BAD,
      'supabase/migrations/20250102000000_b.sql': `\n${BAD}`,
    });
  const findings = (folder: string, args: readonly string[]) => {
    const report = JSON.parse(ddlint(folder, [...ONLY, '--format', 'json', ...args]).stdout) as {
      findings: { location: { file: string } }[];
      summary: { read: { files: number }; onlyFiles: string[] | null };
    };
    return { files: report.findings.map((each) => each.location.file), summary: report.summary };
  };

  it('what is found here, and plain `ddlint` is `ddlint lint`', () => {
    const folder = two();
    expect(findings(folder, []).files).toHaveLength(2);
    expect(ddlint(folder, ['lint', ...ONLY]).stdout).toBe(ddlint(folder, ONLY).stdout);
  });

  it('a file of a migrations folder filters the report, and the whole folder is read', () => {
    const file = 'supabase/migrations/20250102000000_b.sql';
    const { files, summary } = findings(two(), [file]);
    expect(files).toEqual([file]);
    expect(summary.read.files).toBe(2);
    expect(summary.onlyFiles).toEqual([file]);
  });

  it('a finding about several places is shown at the one in the file', () => {
    const bucket = (name: string) =>
      `create policy ${name} on storage.objects for all to anon using (bucket_id = '${name}');\n`;
    const folder = project({ 'supabase/migrations/1_a.sql': bucket('a'), 'supabase/migrations/2_b.sql': bucket('b') });
    const told = (args: readonly string[]) => {
      const { stdout } = ddlint(folder, ['--rule', 'write-policy-always-true', '--format', 'json', ...args]);
      const report = JSON.parse(stdout) as { findings: { message: string; location: { file: string } }[] };
      return report.findings.map(({ message, location }) => `${location.file} ${message.slice(0, 20)}`);
    };
    expect(told([])).toEqual(['supabase/migrations/1_a.sql The policies a and b']);
    expect(told(['supabase/migrations/2_b.sql'])).toEqual(['supabase/migrations/2_b.sql The policies a and b']);
  });

  describe('where a schema has a habit', () => {
    const rule = 'per-row-auth-call';
    const table = (name: string, remark = '') =>
      `create table ${name} (id uuid primary key, user_id uuid not null references auth.users (id) on delete cascade);
alter table ${name} enable row level security;
${remark}create policy own on ${name} to authenticated using (user_id = auth.uid());\n`;
    const habit = (remark = '', remarked = 'a') =>
      project({
        'supabase/migrations/1_a.sql': [...'abcdefghijkl']
          .map((each) => table(each, remarked.includes(each) ? remark : ''))
          .join(''),
        'supabase/migrations/2_b.sql': table('z'),
      });
    const told = (folder: string, args: readonly string[]) => {
      const { stdout } = ddlint(folder, ['--rule', rule, '--format', 'json', ...args]);
      const { findings } = JSON.parse(stdout) as { findings: { object: { name: string } }[] };
      return findings.map(({ object }) => object.name);
    };

    it('it is one finding, but for the files given, of which each is told', () => {
      expect(told(habit(), [])).toEqual(['public']);
      expect(told(habit(), ['supabase/migrations/2_b.sql'])).toEqual(['public.z.own']);
    });

    it('an ignore comment at the first of it does not silence the others', () => {
      expect(told(habit(`-- ddlint-ignore ${rule}: nobody reads it\n`), [])).toEqual(['public']);
    });

    it('what is ignored is no part of it', () => {
      const remark = `-- ddlint-ignore ${rule}: nobody reads it\n`;
      expect(told(habit(remark, 'ab'), ['--rule', 'unused-ignore'])).toEqual(
        [...'cdefghijklz'].map((each) => `public.${each}.own`),
      );
      expect(told(habit(remark, 'abcdefghijkl'), ['--rule', 'unused-ignore'])).toEqual(['public.z.own']);
      const folder = project({
        'package.json': JSON.stringify({
          ddlint: { ignores: [{ rule, object: 'public.*', reason: 'nobody reads them' }] },
        }),
        'supabase/migrations/1_a.sql': [...'abcdefghijkl'].map((each) => table(each)).join(''),
      });
      expect(told(folder, [])).toEqual([]);
    });
  });

  it('other files are read by themselves, in the order given, also behind --', () => {
    const folder = project({ 'b.sql': BAD, '-a.sql': BAD });
    const { files, summary } = findings(folder, ['b.sql', '--', '-a.sql']);
    expect(files).toEqual(['-a.sql', 'b.sql']);
    expect(summary.onlyFiles).toBeNull();
  });

  it('what the configuration says, from its own folder', () => {
    const folder = project({ 'ddlint.json': '{ "paths": ["db"] }', 'db/1_a.sql': BAD, 'web/x.txt': '' });
    expect(findings(join(folder, 'web'), []).files).toEqual(['../db/1_a.sql']);
    expect(ddlint(join(folder, 'web'), ['--no-config'])).toMatchObject({ status: 2 });
  });
});

describe('configuration', () => {
  const outcome = (config: object, args: readonly string[] = ['--format', 'json']) => {
    const folder = project({ 'package.json': JSON.stringify({ ddlint: config }), 'migrations/1_a.sql': BAD });
    const result = ddlint(folder, args);
    const report = JSON.parse(result.stdout) as { findings: { ruleId: string; severity: string }[]; notes: string[] };
    return {
      ...result,
      found: report.findings.map(({ ruleId, severity }) => `${ruleId} ${severity}`),
      notes: report.notes,
    };
  };

  it('sets severities, and the rule wins over its category', () => {
    const found = outcome({ rules: { 'migration/*': 'off', 'invalid-ignore': 'critical' } });
    expect(found.found).toEqual(['invalid-ignore critical']);
    expect(found.status).toBe(1);
    expect(outcome({ rules: { 'migration/*': 'off' } }).found).not.toContain('invalid-ignore medium');
    expect(outcome({ failOn: 'medium' }).status).toBe(1);
  });

  it('ignores by rule and object, and says which ignore is of no use', () => {
    const ignores = [
      { rule: 'invalid-ignore', object: 'migrations/*.sql', reason: 'meant so' },
      { rule: 'unused-ignore', object: 'public.*', reason: 'meant so' },
    ];
    const { found, notes } = outcome({ ignores });
    expect(found).not.toContain('invalid-ignore medium');
    expect(notes.filter((note) => note.includes('remove it from ignores'))).toEqual([
      'The configuration ignores unused-ignore on public.*, and there is no such finding: remove it from ignores.',
    ]);
  });

  it('fits the schema that is shipped', () => {
    const schema = JSON.parse(
      readFileSync(new URL('../schemas/config.schema.json', import.meta.url), 'utf8'),
    ) as object;
    const validate = new Ajv({ strictTuples: false, allowUnionTypes: true }).compile(schema);
    expect(
      validate({ rules: { 'invalid-ignore': 'off', 'security/*': 'high', 'acme/some-rule': ['on', { a: 1 }] } }),
    ).toBe(true);
    expect(validate({ rules: { 'no-such-rule': 'off' } })).toBe(false);
  });
});

describe('plugins', () => {
  const plugin = (visit: string, name = 'acme') => `
    import { definePlugin, defineRule } from ${JSON.stringify(DOOR)};
    const meta = {
      id: 'table', category: 'design', severity: 'high', summary: 'S.', why: 'W.', remedy: 'R.',
      messages: { found: 'Table {{table}} is there.' }, restsOn: [],
    };
    export default definePlugin({ name: '${name}', rules: [defineRule({ meta, visit: { ${visit} } })] });`;
  const REPORTS =
    'table(table, { graph, report }) { report({ entity: table, message: "found", data: { table: graph.path(table) } }); }';
  const run = (text: string, args: readonly string[] = []) =>
    ddlint(
      project({
        'ddlint.jsonc': '{ "plugins": ["./lint/acme.mjs"] } // ours',
        'lint/acme.mjs': text,
        'migrations/1_a.sql': TABLE,
      }),
      args,
    );

  it('bring rules under their name, and are named on stderr', () => {
    const { status, stdout, stderr } = run(plugin(REPORTS), ['--rule', 'acme/table']);
    expect(stderr).toContain('Loaded the plugin acme (1 rules) from lint/acme.mjs.');
    expect(stdout).toContain('Table public.t is there.');
    expect(status).toBe(1);
  });

  it('that throw end the run', () => {
    const { status, stdout, stderr } = run(plugin('table() { throw new Error("boom"); }'), ['--rule', 'acme/table']);
    expect(stderr).toContain('rule acme/table failed: boom');
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it.each([
    ['of another version', 'export default {};', 'is made for version undefined of the plugin interface'],
    ['without a default', 'export const a = 1;', 'has no default export made by definePlugin'],
    ['that cannot be read', 'syntax error here', 'cannot be loaded'],
    ['with a bad name', plugin(REPORTS, 'Acme!'), 'has no name of lower-case letters'],
    ["with a category's name", plugin(REPORTS, 'security'), 'is named like the category security'],
    [
      'with a rule that is none',
      plugin(REPORTS).replace("severity: 'high'", "severity: 'loud'"),
      'has a rule table that has no severity',
    ],
  ])('%s are refused', (_, text, sentence) => {
    expect(run(text)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(sentence) });
  });
});

describe('the other commands', () => {
  it('rules lists all', () => {
    const folder = project({});
    const listed = JSON.parse(ddlint(folder, ['rules', '--format', 'json']).stdout) as { id: string }[];
    expect(listed.map((rule) => rule.id)).toContain('invalid-ignore');
    const table = ddlint(folder, ['rules']).stdout;
    for (const { id } of listed) expect(table).toContain(id);
  });

  it('explain says what, why and what to do', () => {
    const { status, stdout } = ddlint(project({}), ['explain', 'unused-ignore']);
    expect(stdout).toMatch(
      /^unused-ignore {2}\(migration, low, certain, recommended\)\n\n.+\n\nWhy\n {2}.+\n\nWhat to do\n/,
    );
    expect(status).toBe(0);
  });

  it('explain lists what is reported and what is not, in lines that can be read', () => {
    const { stdout } = ddlint(project({}), ['explain', 'self-granted-access']);
    expect(stdout).toMatch(/\n\nWhat is reported\n {2}- .+(?:\n {4}.+)*\n {2}- Reported as well: /);
    expect(
      Math.max(
        ...stdout
          .split('\n')
          .filter((line) => !line.includes(' = ['))
          .map((line) => line.length),
      ),
    ).toBeLessThan(101);
  });

  it('--version and --help print to stdout, in English', () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(ddlint(project({}), ['--version'])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
    const help = ddlint(project({}), ['--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('Exit codes: 0 nothing at or above --fail-on');
    expect(help.stdout).toContain('Show help');
  });
});

it('prints of the example what the README shows', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const shown = /```text\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? 'nothing';
  const { start } = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } })
    .scripts;
  const [, ...args] = start.replace(/^node /, '').split(' ');
  expect(ddlint(root, args).stdout).toContain(shown);
});
