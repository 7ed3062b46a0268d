// Which files of a folder are replayed, in which order, under which version: one layout of each migration tool.
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extraPath } from '../../src/graph/binding/api-path.ts';
import { mayTable } from '../../src/graph/privileges/privilege-questions.ts';
import { discover } from '../../src/sources/migrations/discovery/discover.ts';
import { migrations, replayDiscovered } from '../../src/sources/migrations/migrations.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { scratchFolder } from './scratch-folder.ts';

/** A folder of these files; each holds one statement that names it, unless it says what is in it. */
function folder(files: readonly string[] | Readonly<Record<string, string>>): string {
  const texts = Array.isArray(files) ? Object.fromEntries(files.map((name) => [name, 'select 1;'])) : files;
  return scratchFolder(texts as Readonly<Record<string, string>>);
}

function found(cwd: string, paths: readonly string[] = []) {
  const { files, tool, notes } = discover({ paths, cwd, platform: 'auto', exposure: 'auto' });
  return {
    tool,
    notes,
    read: files.filter((each) => each.bytes !== null).map((each) => each.file),
    versions: files.filter((each) => each.bytes !== null).map((each) => each.migration.version),
    skipped: files.flatMap(({ file, migration }) =>
      migration.skipped === null ? [] : [`${file}: ${migration.skipped}`],
    ),
  };
}

const journal = (...tags: readonly string[]) =>
  JSON.stringify({ version: '7', dialect: 'postgresql', entries: tags.map((tag, idx) => ({ idx, tag })) });

describe('tools', () => {
  it('supabase: digits and an underscore, by bytes, no sub-folders', () => {
    const root = folder([
      'supabase/migrations/20240102000000_b.sql',
      'supabase/migrations/9_a.sql',
      'supabase/migrations/20240101-x.sql',
      'supabase/migrations/notes.sql',
      'supabase/migrations/old/1_c.sql',
    ]);
    expect(found(root)).toMatchObject({
      tool: 'supabase',
      read: [
        'supabase/migrations/20240101-x.sql',
        'supabase/migrations/20240102000000_b.sql',
        'supabase/migrations/9_a.sql',
      ],
      skipped: [
        'supabase/migrations/notes.sql: the Supabase CLI runs only files named <digits>_<name>.sql',
        'supabase/migrations/old/1_c.sql: the Supabase CLI does not look into sub-folders',
      ],
    });
  });

  it('supabase: what undoes the migration beside it, or only tries it out, is not replayed', () => {
    const root = folder([
      'supabase/migrations/1_a.rollback.sql',
      'supabase/migrations/1_a.sql',
      'supabase/migrations/2_b.dryrun.check.sql',
      'supabase/migrations/2_b_down.sql',
      'supabase/migrations/2_b_up.sql',
      'supabase/migrations/2_other_rollback.sql',
      'supabase/migrations/3_c_undo.sql',
    ]);
    expect(found(root)).toMatchObject({
      read: [
        'supabase/migrations/1_a.sql',
        'supabase/migrations/2_b_up.sql',
        'supabase/migrations/2_other_rollback.sql',
        'supabase/migrations/3_c_undo.sql',
      ],
      skipped: [
        'supabase/migrations/1_a.rollback.sql: it undoes the migration beside it',
        'supabase/migrations/2_b.dryrun.check.sql: it only tries out the migration beside it',
        'supabase/migrations/2_b_down.sql: it undoes the migration beside it',
      ],
    });
  });

  it('prisma: a folder each', () => {
    const root = folder([
      'prisma/migrations/20240102000000_b/migration.sql',
      'prisma/migrations/20240101000000_a/migration.sql',
      'prisma/migrations/20240101000000_a/notes.sql',
      'prisma/migrations/migration_lock.toml',
    ]);
    expect(found(root)).toMatchObject({
      tool: 'prisma',
      read: ['prisma/migrations/20240101000000_a/migration.sql', 'prisma/migrations/20240102000000_b/migration.sql'],
      versions: ['20240101000000', '20240102000000'],
    });
  });

  it('diesel and Hasura: up.sql, whose down.sql is not run', () => {
    const root = folder([
      'migrations/2024-01-02-000000_b/up.sql',
      'migrations/2024-01-02-000000_b/down.sql',
      'migrations/2024-01-01-000000_a/up.sql',
    ]);
    expect(found(root)).toMatchObject({
      tool: 'diesel or Hasura',
      read: ['migrations/2024-01-01-000000_a/up.sql', 'migrations/2024-01-02-000000_b/up.sql'],
      versions: ['20240101000000', '20240102000000'],
    });
  });

  it('diesel: by version, however the folder writes it', () => {
    const root = folder(
      ['20170804200817_a', '2017-09-23-182408_b', '2016-01-01-000000-0000_c', '20171001000000_d'].map(
        (name) => `migrations/${name}/up.sql`,
      ),
    );
    expect(found(root)).toMatchObject({
      tool: 'diesel or Hasura',
      versions: ['201601010000000000', '20170804200817', '20170923182408', '20171001000000'],
    });
  });

  it('drizzle: the order of the journal', () => {
    const root = folder({
      'drizzle/0000_z.sql': '',
      'drizzle/0001_a.sql': '',
      'drizzle/0001_b.sql': '',
      'drizzle/meta/_journal.json': journal('0001_b', '0000_z'),
    });
    expect(found(root)).toMatchObject({
      tool: 'drizzle',
      read: ['drizzle/0001_b.sql', 'drizzle/0000_z.sql'],
      skipped: ['drizzle/0001_a.sql: meta/_journal.json does not list it'],
    });
  });

  it('drizzle: a journal that lists what is not there', () => {
    const root = folder({ 'drizzle/0001_b.sql': '', 'drizzle/meta/_journal.json': journal('0000_a', '0001_b') });
    expect(found(root)).toMatchObject({
      read: ['drizzle/0001_b.sql'],
      notes: expect.arrayContaining([
        'drizzle: meta/_journal.json lists 0000_a.sql, which is not there: drizzle-kit migrate stops before it runs anything.',
      ]),
    });
  });

  it('drizzle: a journal that most files carry on from, and change what it lists, is not what runs them', () => {
    const files = {
      'drizzle/0000_first.sql': 'create table old (id int);',
      'drizzle/0001_a.sql': 'drop table if exists "old" cascade;',
      'drizzle/0002_b.sql': '',
      'drizzle/meta/_journal.json': journal('0000_first'),
    };
    const read = (root: string) =>
      discover({ paths: [join(root, 'drizzle')], cwd: root, platform: 'auto', exposure: 'auto' });
    const forgotten = read(folder(files));
    expect(forgotten.tool).toBe('drizzle');
    expect(forgotten.files.map(({ migration }) => migration.skipped !== null)).toEqual([false, true, true]);
    const dead = read(folder({ ...files, 'drizzle/0003_ö.sql': '' }));
    expect(dead.tool).toBe('plain');
    expect(dead.files.map(({ migration }) => [migration.skipped, migration.misnamed])).toEqual([
      [null, null],
      ...[1, 2, 3].map(() => [null, 'meta/_journal.json lists only 1 of 4 files']),
    ]);
    expect(dead.notes).toContainEqual(expect.stringContaining('something else than drizzle-kit migrate runs them'));
    const apart = read(folder({ ...files, 'drizzle/0001_a.sql': '-- drop table old', 'drizzle/0003_ö.sql': '' }));
    expect(apart.tool).toBe('drizzle');
  });

  it('drizzle: a journal that lists none of the files is not what runs them', () => {
    const root = folder({
      'drizzle/10_b.sql': '',
      'drizzle/2_a.sql': '',
      'drizzle/meta/_journal.json': journal('0000_silent_name'),
    });
    expect(found(root)).toMatchObject({
      tool: 'plain',
      read: ['drizzle/2_a.sql', 'drizzle/10_b.sql'],
      skipped: [],
      notes: [
        'Read drizzle: 2 files, in the order of their names, platform postgres.',
        expect.stringContaining('meta/_journal.json lists none of the files'),
      ],
    });
  });

  it('drizzle since 1.0: a folder each, with the schema beside the SQL', () => {
    const root = folder([
      'drizzle/20250102000000_b/migration.sql',
      'drizzle/20250102000000_b/snapshot.json',
      'drizzle/20250101000000_a/migration.sql',
      'drizzle/20250101000000_a/snapshot.json',
    ]);
    expect(found(root)).toMatchObject({
      tool: 'drizzle',
      read: ['drizzle/20250101000000_a/migration.sql', 'drizzle/20250102000000_b/migration.sql'],
      versions: ['20250101000000', '20250102000000'],
    });
  });

  it('Flyway: versioned by their numbers, then the repeatable ones; none that undoes', () => {
    const root = folder([
      'migrations/V10__c.sql',
      'migrations/V2.1__b.sql',
      'migrations/V2__a.sql',
      'migrations/U2__a.sql',
      'migrations/R__views.sql',
    ]);
    expect(found(root)).toMatchObject({
      tool: 'flyway',
      read: ['migrations/V2__a.sql', 'migrations/V2.1__b.sql', 'migrations/V10__c.sql', 'migrations/R__views.sql'],
      versions: ['2', '2.1', '10', null],
      skipped: [expect.stringContaining('migrations/U2__a.sql: Flyway runs only')],
    });
  });

  const sqitchFiles = {
    'sqitch.plan': [
      '%syntax-version=1.0.0',
      '%project=shop',
      '',
      'schema 2024-01-01T00:00:00Z Ann <ann@example.org> # The schema',
      'users [schema] 2024-01-02T00:00:00Z Ann <ann@example.org>',
      '@v1.0 2024-01-03T00:00:00Z Ann <ann@example.org> # First release',
      '+ api/orders [users] 2024-01-04T00:00:00Z Ann <ann@example.org>',
      'users [users@v1.0] 2024-01-05T00:00:00Z Ann <ann@example.org> # With e-mail',
      '@v1.1 2024-01-06T00:00:00Z Ann <ann@example.org>',
    ].join('\n'),
    'deploy/api/orders.sql': '',
    'deploy/schema.sql': '',
    'deploy/users.sql': '',
    'deploy/users@v1.0.sql': '',
    'deploy/draft.sql': '',
    'revert/users.sql': '',
    'verify/users.sql': '',
  };

  it.each([
    ['its folder', [], ''],
    ['its deploy folder', ['deploy'], ''],
  ])('Sqitch: the order of the plan, with the older script of what was reworked, from %s', (_from, paths) => {
    const { tool, read, skipped, notes } = found(folder(sqitchFiles), paths);
    expect(tool).toBe('sqitch');
    expect(read).toEqual(['deploy/schema.sql', 'deploy/users@v1.0.sql', 'deploy/api/orders.sql', 'deploy/users.sql']);
    expect(skipped).toContain('deploy/draft.sql: sqitch.plan does not list it');
    expect(notes[0]).toContain('4 files, as sqitch runs them');
  });

  it('Sqitch: a plan that names what is not there', () => {
    const { 'deploy/schema.sql': _gone, ...others } = sqitchFiles;
    expect(found(folder(others)).notes).toContain('.: sqitch.plan lists deploy/schema.sql, which is not there.');
  });

  it('a number of its own: no other file has what it would undo, whatever its name says', () => {
    const root = folder([
      'migrations/001_season.sql',
      'migrations/002_season_undo.sql',
      'migrations/rollback/003_x.sql',
    ]);
    expect(found(root)).toMatchObject({
      read: ['migrations/001_season.sql', 'migrations/002_season_undo.sql'],
      skipped: ['migrations/rollback/003_x.sql: it undoes a migration'],
    });
  });

  it('numbered files: by their numbers, without what undoes them', () => {
    const root = folder(['migrations/10_c.up.sql', 'migrations/10_c.down.sql', 'migrations/9_b.up.sql']);
    expect(found(root)).toMatchObject({
      tool: 'plain',
      read: ['migrations/9_b.up.sql', 'migrations/10_c.up.sql'],
      skipped: ['migrations/10_c.down.sql: it undoes a migration'],
    });
  });

  it.each([
    ['dbmate', '-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n'],
    ['goose', '-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;\n'],
    ['node-pg-migrate', '-- Up Migration\nselect 1;\n-- Down Migration\nselect 2;\n'],
    ['node-pg-migrate, with a note', '-- Up Migration: adds\nselect 1;\n-- Down Migration: drops\nselect 2;\n'],
    ['node-pg-migrate, down first', '-- Down Migration\nselect 2;\n-- Up Migration\nselect 1;\n'],
    ['sql-migrate', '-- +migrate Up\nselect 1;\n-- +migrate Down\nselect 2;\n'],
    ['tern', 'select 1;\n---- create above / drop below ----\nselect 2;\n'],
  ])('%s: the part that undoes becomes blanks, so that places stay', (_tool, text) => {
    const { files } = discover({ paths: [folder({ '1_a.sql': text })], cwd: '/', platform: 'auto', exposure: 'auto' });
    const blanked = files[0]?.blank(text) ?? '';
    expect(blanked).toContain('select 1;');
    expect(blanked).not.toContain('select 2;');
    expect(blanked.split('\n').map((line) => line.length)).toEqual(text.split('\n').map((line) => line.length));
  });

  it.each([
    ['with the file behind it', '-- Down migration: migrations/down/1_a.down.sql\n\nselect 1;\n'],
    ['with the file on the next line', '-- What it is for.\n-- Down migration:\n-- down/1_a.down.sql\n\nselect 1;\n'],
    ['further down', 'select 1;\n-- Down migration: see down/1_a.down.sql\nselect 2;\n'],
    ['beside the other', '-- Up migration: this file\n-- Down migration: down/1_a.down.sql\nselect 1;\n'],
  ])('a comment that only says where the file is that undoes this one takes nothing away (%s)', (_where, text) => {
    const { files } = discover({ paths: [folder({ '1_a.sql': text })], cwd: '/', platform: 'auto', exposure: 'auto' });
    expect(files[0]?.blank(text)).toBe(text);
  });

  it('names no more than five of the files that are not read', () => {
    const many = Array.from({ length: 9 }, (_none, index) => `supabase/migrations/note${index}.sql`);
    const { notes } = found(folder(['supabase/migrations/1_a.sql', ...many]));
    expect(notes[1]).toBe(
      '9 files were not read (supabase/migrations/note0.sql, note1.sql, note2.sql, note3.sql, note4.sql and 4 more): the Supabase CLI runs only files named <digits>_<name>.sql.',
    );
  });
});

describe('places', () => {
  it('the usual folder of the project', () => {
    expect(found(folder(['db/migrations/1_a.sql', 'scripts/x.sql'])).read).toEqual(['db/migrations/1_a.sql']);
  });

  it('the one project below the root of a monorepo, also where the root is named', () => {
    const root = folder([
      'apps/backend/supabase/migrations/1_a.sql',
      'node_modules/other/supabase/migrations/1_b.sql',
      'packages/client/scripts/x.sql',
      'packages/orm/drizzle/0000_c.sql',
    ]);
    expect(found(root).read).toEqual(['apps/backend/supabase/migrations/1_a.sql']);
    expect(found(root, ['apps']).read).toEqual(['apps/backend/supabase/migrations/1_a.sql']);
  });

  it('the project below the root, also where other SQL lies less deep', () => {
    const root = folder(['services/app/supabase/seed.sql', 'services/app/supabase/migrations/1_a.sql']);
    expect(found(root).read).toEqual(['services/app/supabase/migrations/1_a.sql']);
    expect(found(root, ['.']).read).toEqual(['services/app/supabase/migrations/1_a.sql']);
    const bare = folder(['services/app/sql/1_a.sql']);
    expect(found(bare, ['services']).read).toEqual(['services/app/sql/1_a.sql']);
  });

  it('the migrations of the supabase folder, where that is named, and not what lies beside them', () => {
    const root = folder({
      'db/supabase/config.toml': '',
      'db/supabase/seed.sql': 'select 1;',
      'db/supabase/snippets/x.sql': 'select 1;',
      'db/supabase/migrations/1_a.sql': 'select 1;',
    });
    expect(found(root, ['db/supabase']).read).toEqual(['db/supabase/migrations/1_a.sql']);
  });

  it('of several projects below, none: they are named', () => {
    const root = folder(['apps/a/supabase/migrations/1_a.sql', 'apps/b/supabase/migrations/1_b.sql']);
    expect(() => found(root)).toThrow(
      '2 folders of migrations below .: apps/a/supabase/migrations, apps/b/supabase/migrations. Name one: ddlint lint apps/a/supabase/migrations.',
    );
  });

  it('the SQL of the folder itself, where nothing says migrations', () => {
    expect(found(folder(['2_b.sql', '1_a.sql'])).read).toEqual(['1_a.sql', '2_b.sql']);
    expect(found(folder(['packages/db/1_a.sql'])).read).toEqual(['packages/db/1_a.sql']);
  });

  it('nothing', () => {
    expect(() => found(folder(['notes.txt']))).toThrow('No migrations found: looked for supabase/migrations');
    expect(() => found(folder(['docs/notes.txt']), ['docs'])).toThrow('No .sql files in docs.');
  });
});

describe('files for other databases', () => {
  it('are left out where the name says so between dots', () => {
    const files = [
      '1_a.postgres.up.sql',
      '1_a.mysql.up.sql',
      '1_a.sqlite3.up.sql',
      '2_b.up.sql',
      '2_b.postgres.up.sql',
    ];
    expect(found(folder([...files, '3_add_mysql.up.sql'].map((each) => `migrations/${each}`)))).toMatchObject({
      read: ['migrations/1_a.postgres.up.sql', 'migrations/2_b.postgres.up.sql', 'migrations/3_add_mysql.up.sql'],
      skipped: [
        'migrations/1_a.mysql.up.sql: it is for MySQL',
        'migrations/1_a.sqlite3.up.sql: it is for SQLite',
        'migrations/2_b.up.sql: 2_b.postgres.up.sql is run in its place',
      ],
    });
  });

  it('are left out where a folder says so beside one for Postgres', () => {
    const files = ['mysql/1_a.sql', 'postgres/1_a.sql', 'sqlite/1_a.sql'];
    expect(found(folder(files.map((each) => `migrations/${each}`))).read).toEqual(['migrations/postgres/1_a.sql']);
  });

  it('are read where there are no others', () => {
    expect(found(folder(['migrations/mysql/1_a.sql'])).read).toEqual(['migrations/mysql/1_a.sql']);
  });
});

describe('migrations that are programs', () => {
  const SQL = {
    '1_a.sql': 'create table a (id int); create table b (id int);',
    '3_c.sql': 'alter table made drop column gone; alter table a drop column lost;',
  };
  const read = async (files: Readonly<Record<string, string>>) => {
    await loadParser();
    return replayDiscovered(discover({ paths: [folder(files)], cwd: '/', platform: 'auto', exposure: 'auto' }), {});
  };
  const missing = ({ journal }: Awaited<ReturnType<typeof read>>) =>
    journal.flatMap((each) =>
      each.type === 'failed' && each.problem.type === 'unknownObject' ? [each.problem.name] : [],
    );

  it('are named, and doubt the tables they change', async () => {
    const program = 'db.Exec(`CREATE TABLE made (id int, gone int); ALTER TABLE b ADD COLUMN c int`)';
    const reading = await read({ ...SQL, '2_b.go': program });
    expect(reading.notes.join()).toContain('2_b.go was not read: it is a program, and what it changes is not known');
    expect(reading.notUnderstood.map(({ what }) => what)).toEqual([
      '2_b.go is a program that changes the schema; what it does to the relations it names was not replayed.',
    ]);
    const doubted = reading.graph.ofKind('table').filter((each) => reading.graph.isDoubtful(each, ['columns']));
    expect(doubted.map((each) => each.name.name)).toEqual(['b']);
    expect(missing(reading)).toEqual(['public.a.lost']);
  });

  it('doubt nothing where they only change data', async () => {
    const reading = await read({ ...SQL, '2_b.ts': 'await sql`update made set gone = 1`' });
    expect(reading.notUnderstood).toEqual([]);
    expect(missing(reading)).toEqual(['public.made', 'public.a.lost']);
  });

  it('are not looked for among tests, beside SQL of their name, or where a tool runs SQL only', () => {
    const names = ['1_a.sql', '1_a.js', '2_b_test.go', '3_c.d.ts', 'helpers.ts'];
    expect(found(folder(names.map((each) => `migrations/${each}`))).skipped).toEqual([]);
    expect(found(folder(['supabase/migrations/1_a.sql', 'supabase/migrations/2_b.ts'])).skipped).toEqual([]);
  });

  it('may be what a down file undoes', () => {
    const files = ['1_a.up.sql', '1_a.down.sql', '2_b.up.go', '2_b.down.sql'];
    expect(found(folder(files.map((each) => `migrations/${each}`))).read).toEqual(['migrations/1_a.up.sql']);
  });
});

describe('the platform', () => {
  const policy = 'create policy own on notes to authenticated using (auth.uid() = owner);';
  const platformOf = (files: Readonly<Record<string, string>>) =>
    discover({ paths: [folder(files)], cwd: '/', platform: 'auto', exposure: 'auto' }).platform;

  it('is Supabase where the files speak of its roles and functions', () => {
    expect(platformOf({ '1_a.sql': 'create table t (id int);' })).toBe('postgres');
    expect(platformOf({ '1_a.sql': policy })).toBe('supabase');
    expect(platformOf({ '1_a.sql': `-- ${policy}\n/* ${policy} */ create table t (id int);` })).toBe('postgres');
    const trigger = 'create trigger made after insert on auth.users for each row execute function make();';
    expect(platformOf({ '1_a.sql': trigger })).toBe('supabase');
    expect(platformOf({ '1_a.sql': 'create table t (id uuid references auth.users (id));' })).toBe('postgres');
  });

  it('is Postgres where they make those roles themselves, which fails on Supabase', () => {
    expect(platformOf({ '1_a.sql': 'create schema auth;\nCREATE ROLE authenticated;', '2_b.sql': policy })).toBe(
      'postgres',
    );
  });

  it('is Supabase where they make the roles only if there are none', () => {
    const guarded = `do $$ begin
  if not exists (select from pg_roles where rolname = 'anon') then
    create role anon;
  end if;
end $$;`;
    expect(platformOf({ '1_a.sql': guarded, '2_b.sql': policy })).toBe('supabase');
  });
});

describe('whether new tables are open to the API', () => {
  const table = (name: string) => `create table public.${name} (id int primary key);`;
  const open = async (files: Readonly<Record<string, string>>) => {
    await loadParser();
    const discovered = discover({ paths: [], cwd: folder(files), platform: 'auto', exposure: 'auto' });
    const { graph } = await replayDiscovered(discovered, {});
    const anon = graph.global('role', 'anon');
    if (anon === undefined) throw new Error('no role anon');
    const readable = graph
      .ofKind('table')
      .filter((each) => graph.schemaOf(each) === 'public' && mayTable(graph, anon.id, each, 'r'));
    return [readable.map((each) => each.name.name), discovered.notes[0]?.replace(/^.*platform /, '')];
  };
  const file = (name: string, text: string) => ({ [`supabase/migrations/${name}.sql`]: text });

  it('they are on projects made before 2026-05-30', async () => {
    expect(await open(file('20260529000000_a', table('a')))).toEqual([
      ['a'],
      'supabase with new tables open to its API (--exposure legacy).',
    ]);
    expect(await open(file('001_a', table('a')))).toMatchObject([['a'], {}]);
  });

  it('they are not on later ones', async () => {
    expect(await open(file('20260530000000_a', table('a')))).toEqual([
      [],
      'supabase with new tables closed to its API (--exposure explicit-grants, as the first migration is of 2026-05-30).',
    ]);
    expect(await open(file('202607200001_a', table('a')))).toMatchObject([[], {}]);
  });

  it('a later first migration of a project that was there before tells nothing', async () => {
    expect(await open(file('20260601000000_remote_schema', table('a')))).toMatchObject([['a'], {}]);
    const change = '/* create table */ alter table public.users add column note text;';
    const files = { ...file('20260601000000_note', change), ...file('20260602000000_b', table('b')) };
    expect(await open(files)).toEqual([['b'], 'supabase with new tables open to its API (--exposure legacy).']);
    const numbered = { ...file('001_a', table('a')), ...file('20260601000000_b', table('b')) };
    expect(await open(numbered)).toEqual([['a', 'b'], 'supabase with new tables open to its API (--exposure legacy).']);
  });

  it('they were on older ones until 2026-10-30, and what was granted stays', async () => {
    const files = { ...file('20250101000000_a', table('a')), ...file('20261029000000_b', table('b')) };
    const later = { ...file('20261030000000_c', table('c')), ...file('20261101000000_d', table('d')) };
    expect(await open({ ...files, ...later })).toEqual([
      ['a', 'b'],
      'supabase with new tables open to its API (--exposure legacy) and closed from supabase/migrations/20261030000000_c.sql on, as for all projects since 2026-10-30.',
    ]);
  });

  const shown = (name: string) =>
    `${table(name)} create policy "Read ${name}" on ${name} for select to authenticated using (true);`;
  const closedToWriting = (name: string) => `revoke insert, update, delete on public.${name} from anon, authenticated;`;

  it('they are on later ones whose files leave clients to read what no GRANT lets them read', async () => {
    const tables = ['a', 'b', 'c'].map((name) => `${shown(name)} ${closedToWriting(name)}`).join('\n');
    expect(await open(file('20260601000000_a', tables))).toEqual([
      ['a', 'b', 'c'],
      'supabase with new tables open to its API (--exposure legacy, as supabase/migrations/20260601000000_a.sql leaves clients to read what no GRANT lets them read).',
    ]);
  });

  it('a text of nothing but GRANT and words is read through once', async () => {
    const text = `${shown('a')} select $$${'grant a '.repeat(200_000)}$$;`;
    expect((await open(file('20260601000000_a', text)))[0]).toEqual([]);
  });

  it.each([
    ['two of them may be forgotten', ['a', 'b'].map((name) => `${shown(name)} ${closedToWriting(name)}`).join('\n')],
    [
      'they are granted as well',
      ['a', 'b', 'c']
        .map((name) => `${shown(name)} ${closedToWriting(name)} grant select on public.${name} to authenticated;`)
        .join('\n'),
    ],
    [
      'all is granted at once',
      `${['a', 'b', 'c'].map((name) => `${shown(name)} ${closedToWriting(name)}`).join('\n')}
grant select on all tables in schema public to authenticated;`,
    ],
    [
      'a loop grants',
      `${['a', 'b', 'c'].map((name) => `${shown(name)} ${closedToWriting(name)}`).join('\n')}
do $$ declare t record; begin for t in select tablename from pg_tables where schemaname = 'public' loop
  execute format('grant select on public.%I to authenticated', t.tablename); end loop; end $$;`,
    ],
    [
      'all is taken',
      ['a', 'b', 'c'].map((name) => `${shown(name)} revoke all on table ${name} from anon, authenticated;`).join('\n'),
    ],
    ['no policy is for them', ['a', 'b', 'c'].map((name) => `${table(name)} ${closedToWriting(name)}`).join('\n')],
    [
      'what was granted is taken',
      ['a', 'b', 'c']
        .map((name) => `${shown(name)} grant all on ${name} to authenticated; ${closedToWriting(name)}`)
        .join('\n'),
    ],
  ])('they are not where %s', async (_, text) => {
    expect((await open(file('20260601000000_a', text)))[1]).toMatch(/^supabase with new tables closed/);
  });

  it('config.toml knows better', async () => {
    const config = { 'supabase/config.toml': '[api]\nauto_expose_new_tables = true' };
    expect(await open({ ...config, ...file('20261101000000_a', table('a')) })).toEqual([['a'], 'supabase.']);
  });
});

describe('a schema beside the migrations', () => {
  const TABLES = ['a', 'b', 'c', 'd', 'e'];
  const needing = TABLES.map((name) => `alter table ${name} add column note text;`).join('\n');
  const notesOf = async (cwd: string, paths: readonly string[] = []) =>
    (await migrations({ paths, cwd, platform: 'auto', exposure: 'auto' }).read()).notes;

  it('is named where it makes the tables that no migration makes', async () => {
    const root = folder({
      'supabase/migrations/1_notes.sql': needing,
      'supabase/schema.sql': TABLES.map((name) => `create table ${name} (id int primary key);`).join('\n'),
      'seed.sql': 'create table a (id int);',
    });
    const note = (paths: string) =>
      `supabase/schema.sql makes the 5 tables that no file read here makes: ddlint lint supabase/schema.sql ${paths} replays it first.`;
    expect(await notesOf(root)).toContain(note('supabase/migrations'));
    expect(await notesOf(root, ['supabase/migrations/'])).toContain(note('supabase/migrations/'));
    expect((await notesOf(root, ['supabase/schema.sql', 'supabase/migrations'])).join()).not.toContain(
      'replays it first',
    );
  });

  it('is named in a command that can be run as it stands, whatever else lies beside it', async () => {
    const root = folder({
      "the owner's/migrations/1_notes.sql": needing,
      "the owner's/all tables.sql": TABLES.map((name) => `create table ${name} (id int primary key);`).join('\n'),
      "the owner's/old.sql/notes.txt": 'a folder',
      "the owner's/bytes.sql": 'create table a (\0',
      "the owner's/deep.sql": `select ${'('.repeat(20_000)}1${')'.repeat(20_000)};`,
    });
    symlinkSync(join(root, 'nowhere'), join(root, "the owner's/gone.sql"));
    expect(await notesOf(root, ["the owner's/migrations"])).toContain(
      "the owner's/all tables.sql makes the 5 tables that no file read here makes: " +
        "ddlint lint 'the owner'\\''s/all tables.sql' 'the owner'\\''s/migrations' replays it first.",
    );
  });

  it('is not looked for where little is missing, nor named where it makes something else', async () => {
    const other = folder({
      'supabase/migrations/1_notes.sql': needing,
      'supabase/schema.sql': 'create table z (id int);',
    });
    expect((await notesOf(other)).join()).not.toContain('replays it first');
    const little = folder({
      'supabase/migrations/1_notes.sql': 'alter table a add column note text;',
      'supabase/schema.sql': 'create table a (id int);',
    });
    expect((await notesOf(little)).join()).not.toContain('replays it first');
  });
});

describe('what the API serves, and where it looks for names', () => {
  const apiOf = async (sql: string, toml: string, exposedSchemas?: readonly string[]) => {
    await loadParser();
    const files = { 'supabase/config.toml': toml, 'supabase/migrations/1_a.sql': sql };
    const asked = exposedSchemas === undefined ? {} : { exposedSchemas };
    const options = { paths: [], cwd: folder(files), platform: 'auto', exposure: 'auto', ...asked } as const;
    const reading = await replayDiscovered(discover(options), {});
    return { schemas: reading.exposedSchemas, path: extraPath(reading.graph) };
  };
  const toml = '[api]\nschemas = ["public", "depot"]\nextra_search_path = ["public", "depot"]\n';

  it('config.toml says', async () => {
    expect(await apiOf('select 1;', toml)).toEqual({ schemas: ['public', 'depot'], path: ['public', 'depot'] });
    expect(await apiOf('select 1;', '[api]\n')).toMatchObject({ path: ['public', 'extensions'] });
  });

  it('what the database says wins over it, as it stands in the end', async () => {
    const set = `alter role authenticator set pgrst.db_schemas to 'public, annex';
alter role authenticator set pgrst.db_extra_search_path = 'annex, extensions';`;
    expect(await apiOf(set, toml)).toEqual({ schemas: ['public', 'annex'], path: ['annex', 'extensions'] });
    const reset = `${set}\nalter role authenticator reset pgrst.db_schemas;`;
    expect(await apiOf(reset, toml)).toMatchObject({ schemas: ['public', 'depot'] });
    expect(await apiOf(`${set}\nalter role authenticator reset all;`, toml)).toMatchObject({
      path: ['public', 'depot'],
    });
  });

  it('what was asked for wins over both', async () => {
    const set = "alter role authenticator set pgrst.db_schemas to 'public, annex';";
    expect(await apiOf(set, toml, ['api'])).toMatchObject({ schemas: ['api'] });
  });
});

describe('an extension that no migration installs', () => {
  const needing = { 'db/migrations/1_a.sql': 'create table a (id int primary key, b vector(3));' };
  const installedBeside = async (files: Record<string, string>, platform: 'postgres' | 'supabase' = 'postgres') => {
    const cwd = folder({ ...needing, ...files });
    const reading = await migrations({ paths: ['db/migrations'], cwd, platform, exposure: 'auto' }).read();
    return [...(reading.installedBeside ?? [])];
  };
  const program = { 'db/src/run.ts': 'await sql`CREATE EXTENSION IF NOT EXISTS vector`;\nawait migrate();' };

  it('may be installed by what runs them', async () => {
    expect(await installedBeside({ 'package.json': '{}', ...program })).toEqual([['vector', 'db/src/run.ts']]);
    expect(await installedBeside({ 'db/package.json': '{}', 'db/init.sql': 'create extension "vector";' })).toEqual([
      ['vector', 'db/init.sql'],
    ]);
  });

  it.each<[string, Record<string, string>]>([
    ['no package is around them', program],
    ['it is in another package', { 'db/package.json': '{}', 'run.ts': program['db/src/run.ts'] }],
    ['it is another extension', { 'package.json': '{}', 'db/run.ts': "query('create extension vector_io')" }],
    ['it is a remark', { 'package.json': '{}', 'db/run.ts': '// create extension vector first\nmigrate();' }],
    ['it is for tests', { 'package.json': '{}', 'db/run.test.ts': program['db/src/run.ts'] }],
    ['it is in a dependency', { 'package.json': '{}', 'node_modules/a/run.js': program['db/src/run.ts'] }],
  ])('is missing where %s', async (_, files) => {
    expect(await installedBeside(files)).toEqual([]);
  });

  it('is missing on Supabase, which builds a project from its migrations', async () => {
    const files = { 'package.json': '{}', 'db/run.ts': "query('create extension vector')" };
    expect(await installedBeside(files, 'supabase')).toEqual([]);
  });
});
