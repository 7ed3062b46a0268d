import { expect, it } from 'vitest';
import missingPrimaryKey from '../rules/integrity/missing-primary-key.ts';
import { audit } from '../src/audit/audit.ts';
import { replaySql } from './replay/replay-sql.ts';

const rules = [{ id: 'missing-primary-key', rule: missingPrimaryKey }];
const selection = { preset: 'strict', settings: new Map(), only: ['missing-primary-key'] } as const;

async function told(sql: string): Promise<readonly string[]> {
  const reading = await replaySql(`create schema kept;\n${sql}`);
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  return report.findings.map(({ object }) => object.name);
}

it('says nothing of the snapshot of a day, whoever may use its schema', async () => {
  expect(
    await told('grant usage on schema kept to public; create table kept.orders_backup_20240131 (id int);'),
  ).toEqual([]);
  expect(await told('create table kept.orders_snapshot_20240131 (id int, total int);')).toEqual([]);
  expect(await told('create schema cleanup_archive; create table cleanup_archive.orders_2024_01 (id int);')).toEqual(
    [],
  );
  expect(await told('create schema archive; create table archive.eggs_2026 as select 1 as id;')).toEqual([]);
});

it.each([
  [
    'that a policy opens',
    `create table kept.orders_backup_20240131 (id int);
    create policy seen on kept.orders_backup_20240131 for select using (true);`,
  ],
  [
    'that other rows refer to',
    `create table kept.orders_backup_20240131 (id int unique);
    create table kept.lines (id int primary key, order_id int references kept.orders_backup_20240131 (id));`,
  ],
  [
    'that is written to',
    `create table kept.orders_backup_20240131 (id int);
    create function kept.keep() returns void language sql as 'insert into kept.orders_backup_20240131 select 1';`,
  ],
  ['without a day in its name', 'create table kept.orders_backup (id int);'],
  ['that is named by a day alone', 'create table kept.orders_20240131 (id int);'],
])('speaks of a copy %s', async (_, sql) => {
  expect(await told(sql)).toHaveLength(1);
});

it('counts it among the tables that were read', async () => {
  const reading = await replaySql('create schema kept; create table kept.orders_snapshot_20240131 (id int);');
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  expect(report.objects.get('table')).toBe(1);
});
