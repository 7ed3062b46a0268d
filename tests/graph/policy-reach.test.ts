// Where Postgres raises 42P17, and only there: every table, client role and command of the fixtures, asked of a real server.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subselectLoop } from '../../src/graph/policies/policy-reach.ts';
import { ROW_COMMANDS, type RowCommand } from '../../src/graph/policies/row-security.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { replaySql } from '../replay/replay-sql.ts';

const fixture = (name: string): string =>
  readFileSync(
    fileURLToPath(new URL(`../../fixtures/rules/security/policy-recursion/${name}.sql`, import.meta.url)),
    'utf8',
  );

/** What the fixtures leave out: rights of views and functions whose owner is held by policies himself, clauses that are missing. */
const FURTHER = `
create table notes (id int primary key, org int);
alter table notes enable row level security;
create view notes_of_role as select * from notes;
alter view notes_of_role owner to authenticated;
create policy by_view on notes for select using (org in (select org from notes_of_role));

create table forced (id int primary key, org int);
alter table forced enable row level security;
alter table forced force row level security;
create policy own on forced for select using (exists (select 1 from forced f where f.org = forced.org));

create table no_clause (id int primary key, org int);
alter table no_clause enable row level security;
create policy nothing on no_clause for insert;
create policy restricting on no_clause as restrictive for insert with check (org in (select org from no_clause));
create policy reading on no_clause for select using (org = (select 1));

create table outer_table (id int primary key, org int);
create table inner_table (id int primary key, org int);
alter table outer_table enable row level security;
alter table inner_table enable row level security;
create policy o on outer_table for insert with check (org in (select org from inner_table));
create policy i on inner_table for select using (org in (select org from outer_table));
create policy r on outer_table for select using (org = (select 2));
create policy u on outer_table for update using (true) with check (org in (select org from outer_table));
create policy d on outer_table for delete using (org = 1);
`;

let database: EmbeddedPostgres;
beforeAll(async () => {
  database = await startEmbeddedPostgres();
});
afterAll(() => database.close());

describe.each([
  { name: 'bad fixture', text: fixture('bad'), hasLoops: true },
  { name: 'good fixture', text: fixture('good'), hasLoops: false },
  { name: 'further cases', text: FURTHER, hasLoops: true },
])('$name', ({ text, hasLoops }) => {
  it('loops where the server says so', async () => {
    const { graph } = await replaySql(text, { platform: 'supabase' });
    await database.exec(`begin; ${text}`);
    const told: string[] = [];
    const raised: string[] = [];
    for (const table of graph.ofKind('table')) {
      if (table.origin.from === 'platform' || !table.rowSecurity) continue;
      for (const roleName of ['anon', 'authenticated']) {
        const role = graph.global('role', roleName)?.id ?? 'public';
        for (const command of ROW_COMMANDS) {
          const what = `${command} ${table.name.name} as ${roleName}`;
          const policies = graph.ownedBy(table.id, 'policy');
          if (policies.some((policy) => subselectLoop(graph, policy, command, role))) told.push(what);
          if (await isRecursive(graph.path(table), graph.columns(table.id)[0]?.name ?? '', command, roleName))
            raised.push(what);
        }
      }
    }
    await database.exec('rollback');
    expect(told).toEqual(raised);
    expect(raised.length > 0).toBe(hasLoops);
  });
});

const STATEMENTS = {
  select: (table: string) => `select * from ${table}`,
  insert: (table: string) => `insert into ${table} default values`,
  update: (table: string, column: string) => `update ${table} set ${column} = ${column} where ${column} is null`,
  delete: (table: string, column: string) => `delete from ${table} where ${column} is null`,
};

/** EXPLAIN rewrites the statement and does not run it. */
async function isRecursive(table: string, column: string, command: RowCommand, role: string): Promise<boolean> {
  await database.exec(`savepoint before; set local role ${role}`);
  try {
    await database.exec(`explain ${STATEMENTS[command](table, column)}`);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === '42P17';
  } finally {
    await database.exec('rollback to savepoint before');
  }
}
