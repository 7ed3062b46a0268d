import { expect, it } from 'vitest';
import duplicateObject from '../rules/migration/duplicate-object.ts';
import refusedStatement from '../rules/migration/refused-statement.ts';
import { audit } from '../src/audit/audit.ts';
import { replaySql } from './replay/replay-sql.ts';

const rules = [
  { id: 'duplicate-object', rule: duplicateObject },
  { id: 'refused-statement', rule: refusedStatement },
];
const selection = { preset: 'strict', settings: new Map(), only: rules.map(({ id }) => id) } as const;

async function told(...files: readonly string[]): Promise<readonly string[]> {
  const reading = await replaySql(files);
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  return report.findings.map(({ message }) => message);
}

it('does not call the repair of a file that fails a duplicate of what that file makes', async () => {
  const repair = 'create table t (id int primary key); create index t_id on t (id);';
  expect(await told(`${repair} alter table t add primary key (id);`, repair)).toEqual([
    'Postgres refuses this statement of 1.sql: multiple primary keys for table "t" are not allowed.',
  ]);
  expect(await told(repair, repair)).toHaveLength(1);
});

it('tells once what several files meet in the same table', async () => {
  const seed = "insert into t (note) values ('x');";
  expect(await told('create table t (id int primary key, note text);', seed, seed)).toEqual([
    'Postgres refuses this statement of 2.sql, and 1 more for the same reason: null value in column "id" of relation "t" violates not-null constraint.',
  ]);
});
