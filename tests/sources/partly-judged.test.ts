import { expect, it } from 'vitest';
import { migrations } from '../../src/sources/migrations/migrations.ts';
import { scratchFolder as folder } from './scratch-folder.ts';

const policy = (name: string, table: string) =>
  `create policy ${name} on ${table} for select to authenticated using (true);`;

async function notChecked(...statements: readonly string[]) {
  const root = folder({ '1_a.sql': statements.join('\n') });
  return (await migrations({ paths: [root], cwd: root, platform: 'supabase', exposure: 'auto' }).read()).notChecked;
}

it('policies whose tables nothing makes are judged in part only, and counted', async () => {
  expect(await notChecked('create table t (id int);', policy('a', 't'), policy('b', 'storage.objects'))).toEqual([]);
  const text = await notChecked(
    'create table t (id int);',
    policy('a', 't'),
    policy('b', 'gone'),
    policy('c', '"weitere Räume"'),
    policy('d', '"weitere Räume"'),
  );
  expect(text).toEqual([
    '3 of 4 policies in full, as nothing that was read makes the tables ("weitere Räume", gone): lint with --base SNAPSHOT, which `ddlint snapshot` writes of a database that has them.',
  ]);
});
