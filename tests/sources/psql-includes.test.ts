// Files that psql runs where \i and \ir in another name them.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discover } from '../../src/sources/migrations/discovery/discover.ts';
import { replayDiscovered } from '../../src/sources/migrations/migrations.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { scratchFolder } from './scratch-folder.ts';

async function read(root: string, paths: readonly string[] = []) {
  await loadParser();
  const found = discover({ paths, cwd: root, platform: 'auto', exposure: 'auto' });
  const { graph, journal, notUnderstood, counts, notes } = await replayDiscovered(found, {});
  const tables = [...graph.ofKind('table')].filter(({ origin }) => origin.from === 'statement');
  return {
    counts,
    notes,
    platform: found.platform,
    made: tables.map(({ name, origin }) => `${name.name} ${origin.from === 'statement' ? origin.at.file : ''}`),
    failed: journal.flatMap((each) =>
      each.type === 'failed' || each.type === 'rejected'
        ? [each.type === 'rejected' ? each.message : each.problem.type]
        : [],
    ),
    passedOver: notUnderstood.map(({ what, at }) => `${at.start} ${what}`),
  };
}

const NOT_FOUND = 'This command of psql runs a file that was not found in the project; it was passed over.';

describe('an included file', () => {
  it('runs where the command stands, once, and what it includes in turn', async () => {
    const root = scratchFolder({
      'schema.sql':
        'create table a (id int primary key);\n\\ir parts/b.sql\ncreate table d (c int references c (id));\n',
      'parts/b.sql': 'create table b (a int references a (id));\n\\include_relative c.sql\n',
      'parts/c.sql': 'create table c (id int primary key);\n',
    });
    const one = await read(root, ['schema.sql']);
    expect(one.made).toEqual(['a schema.sql', 'b parts/b.sql', 'c parts/c.sql', 'd schema.sql']);
    expect(one.failed).toEqual([]);
    expect(one.counts).toEqual({ files: 3, statements: 4, rejected: 0, passedOver: 0 });
    expect(one.notes).toContain('schema.sql includes 2 files, which are read where it does.');
    expect(await read(root)).toMatchObject({ made: one.made, failed: [], counts: one.counts });
  });

  it('is named from where psql was started, in quotes, with a semicolon', async () => {
    const root = scratchFolder({
      'db/run.sql': "\\i db/tables/a.sql\n\\i 'tables/b c.sql';\n",
      'db/tables/a.sql': 'create table a (id int);',
      'db/tables/b c.sql': 'create table b (id int);',
    });
    expect((await read(root, ['db/run.sql'])).made).toEqual(['a db/tables/a.sql', 'b db/tables/b c.sql']);
  });

  it('says what platform the files are for', async () => {
    const root = scratchFolder({
      'run.sql': '\\ir a.sql\n',
      'a.sql': 'create table a (id uuid default auth.uid());',
    });
    expect((await read(root, ['run.sql'])).platform).toBe('supabase');
  });

  it('that is not UTF-8 is refused', async () => {
    const root = scratchFolder({ 'run.sql': '\\ir a.sql\n' });
    writeFileSync(join(root, 'a.sql'), Buffer.from([0x73, 0xff]));
    expect((await read(root, ['run.sql'])).failed.join()).toContain('a.sql is not valid UTF-8 at byte 1');
  });
});

describe('a command is passed over, and said', () => {
  it('where its file is not there, or includes itself', async () => {
    const root = scratchFolder({ 'run.sql': '\\ir gone.sql\n\\ir run.sql\ncreate table a (id int);\n' });
    const { made, passedOver } = await read(root, ['run.sql']);
    expect(made).toEqual(['a run.sql']);
    expect(passedOver).toEqual([`0 ${NOT_FOUND}`, `13 ${NOT_FOUND}`]);
  });

  it('where it could mean two files', async () => {
    const root = scratchFolder({ 'db/run.sql': '\\i a.sql\n', 'db/a.sql': 'select 1;', 'a.sql': 'select 2;' });
    expect((await read(root, ['db/run.sql'])).passedOver).toEqual([`0 ${NOT_FOUND}`]);
  });

  it('where its file lies outside of the project, is a link, or is no SQL', async () => {
    const around = scratchFolder({ 'secret.sql': 'create table secret (id int);', 'project/.git/HEAD': '' });
    const root = join(around, 'project');
    mkdirSync(join(root, 'db'));
    writeFileSync(join(root, 'key.txt'), 'create table key (id int);');
    symlinkSync(join(around, 'secret.sql'), join(root, 'db/linked.sql'));
    const commands = ['\\ir ../../secret.sql', `\\i ${around}/secret.sql`, '\\ir linked.sql', '\\ir ../key.txt'];
    writeFileSync(join(root, 'db/run.sql'), `${commands.join('\n')}\n`);
    const { made, passedOver } = await read(root, ['db/run.sql']);
    expect(made).toEqual([]);
    expect(passedOver).toHaveLength(4);
  });

  it('where it stands in a comment or a string, it is none', async () => {
    const root = scratchFolder({
      '1_a.sql': "/*\n\\ir 2_b.sql\n*/ comment on schema public is '\n\\ir 2_b.sql\n';",
      '2_b.sql': 'create table b (id int);',
    });
    expect(await read(root)).toMatchObject({ made: ['b 2_b.sql'], passedOver: [] });
  });
});

it('the Supabase CLI sends the command to the server, which refuses it; what it was to make is known all the same', async () => {
  const root = scratchFolder({
    'supabase/schema.sql': 'create table a (id int primary key);',
    'supabase/migrations/1_a.sql': '\\i ../schema.sql\n',
    'supabase/migrations/2_b.sql': '\\restrict abc\nalter table a add column b int;',
  });
  const { made, failed, passedOver } = await read(root);
  const refused =
    'syntax error at or near "\\": it is a command of psql, and the Supabase CLI sends files to the server without psql';
  expect(made).toEqual(['a supabase/schema.sql']);
  expect(failed).toEqual([refused, refused]);
  expect(passedOver).toEqual([]);
});
