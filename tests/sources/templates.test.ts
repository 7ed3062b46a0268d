// SQL that a tool fills in before Postgres gets it: no error of grammar is told, and nothing is concluded from what it may change.
import { describe, expect, it } from 'vitest';
import { discover } from '../../src/sources/migrations/discovery/discover.ts';
import { replayDiscovered } from '../../src/sources/migrations/migrations.ts';
import type { Reading } from '../../src/sources/source.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { scratchFolder } from './scratch-folder.ts';

async function read(name: string, text: string): Promise<Reading> {
  const tables = 'create table a (id int primary key);\ncreate table b (id int primary key);';
  const root = scratchFolder({ [name]: `${tables}\n${text}` });
  await loadParser();
  return replayDiscovered(discover({ paths: [root], cwd: root, platform: 'auto', exposure: 'auto' }), {});
}

const doubtful = ({ graph }: Reading) =>
  graph.ofKind('table').flatMap((each) => (graph.isDoubtful(each, ['columns']) ? [each.name.name] : []));
const rejected = ({ journal }: Reading) => journal.filter((each) => each.type === 'rejected').length;
const notes = ({ notUnderstood }: Reading) => notUnderstood.map(({ what }) => what);

describe('templates', () => {
  it('are not replayed, and doubt what the statement around the placeholder is about', async () => {
    const reading = await read('1_a.sql', 'alter table b add column c {{ .type }} not null;');
    expect(rejected(reading)).toBe(0);
    expect(doubtful(reading)).toEqual(['b']);
    expect(notes(reading)).toEqual([
      'This template depends on data or on values the files do not tell; what it may do there (ALTER TABLE) was not replayed.',
    ]);
    expect(reading.counts).toMatchObject({ statements: 2, rejected: 0, passedOver: 1 });
  });

  it('of Flyway as well, and in the body of a DO block', async () => {
    const reading = await read(
      'V1__a.sql',
      'create table @{schema}.x (id int);\ndo $$ begin alter table @{table} add c int; end $$;'.replaceAll(
        '@{',
        '$' + '{',
      ),
    );
    expect(rejected(reading)).toBe(0);
    expect(notes(reading)).toHaveLength(1);
  });

  it('with conditions on lines of their own are read as if all held', async () => {
    const reading = await read('1_a.sql', '{{ if .extra }}\ncreate table c (id int primary key);\n{{ end }}\n');
    expect(reading.graph.relation({ schema: 'public', name: 'c' })).toBeDefined();
    expect([rejected(reading), notes(reading)]).toEqual([0, []]);
  });

  it('are no templates inside of strings, nor for tools that run SQL as it stands', async () => {
    const text = "comment on table a is 'Dear {{name}}';";
    expect(notes(await read('1_a.sql', text))).toEqual([]);
    const root = scratchFolder({ 'migration_lock.toml': '', 'migration.sql': 'alter table {{ x }} add c int;' });
    const found = discover({ paths: [root], cwd: root, platform: 'auto', exposure: 'auto' });
    expect(found.tool).toBe('prisma');
    expect(rejected(await replayDiscovered(found, {}))).toBe(1);
  });
});
