import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  actsAs,
  bypassesRowSecurity,
  isUnderRowSecurity,
  mayAnyColumn,
  mayColumn,
  mayExecute,
  mayTable,
  mayUseSchema,
} from '../../src/graph/privileges/privilege-questions.ts';
import type { Grantee } from '../../src/graph/privileges/privileges.ts';
import type { SchemaGraph } from '../../src/graph/schema-graph.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { problemsOf, replaySql } from '../replay/replay-sql.ts';

// What the graph says of privileges, the server says too: every role on every object of one history.

const SQL = `
create role owner_role;
create role reader;
create role team;
create role member_inherits;
create role member_does_not noinherit;
create role option_says_no;
create role nested;
create role admin superuser;
create role bypasser bypassrls;
create role bypasser_member;
create role sees_all;
create role maintains;
create role writes_all;
grant team to member_inherits, member_does_not;
grant team to option_says_no with inherit false;
grant member_inherits to nested;
grant bypasser to bypasser_member;
grant pg_read_all_data to sees_all;
grant pg_write_all_data to writes_all;
grant pg_maintain to maintains;

create schema hidden;
create schema opened;
grant usage on schema opened to team;

create table plain (a int, b int, c int);
create table granted (a int, b int, c int);
grant select, insert on granted to team;
grant update on granted to public;
grant select (a), update (b) on plain to team, reader;
grant references (c) on plain to public;
create table owned (a int);
alter table owned owner to owner_role;
grant owner_role to reader;
create table own_rights_revoked (a int);
alter table own_rights_revoked owner to owner_role;
revoke all on own_rights_revoked from owner_role;
create table hidden.t (a int);
grant all on hidden.t to reader with grant option;
create view v as select a from plain;
grant select on v to team;
create materialized view m as select 1 as a;
create sequence s;

create function to_all() returns int language sql as 'select 1';
create function to_team() returns int language sql as 'select 1';
revoke execute on function to_team() from public;
grant execute on function to_team() to team;
create function to_nobody() returns int language sql as 'select 1';
revoke all on function to_nobody() from public;

alter table plain enable row level security;
alter table owned enable row level security;
alter table own_rights_revoked enable row level security;
alter table own_rights_revoked force row level security;
`;

const LETTERS: readonly (readonly [string, string])[] = [
  ['r', 'select'],
  ['a', 'insert'],
  ['w', 'update'],
  ['d', 'delete'],
  ['D', 'truncate'],
  ['x', 'references'],
  ['t', 'trigger'],
  ['m', 'maintain'],
];

let database: EmbeddedPostgres;
let graph: SchemaGraph;
let roles: readonly string[];

beforeAll(async () => {
  database = await startEmbeddedPostgres({ platform: 'postgres' });
  await database.exec(SQL);
  const reading = await replaySql(SQL);
  expect(problemsOf(reading)).toEqual([]);
  graph = reading.graph;
  roles = [
    'public',
    ...graph
      .ofKind('role')
      .map((each) => each.name)
      .filter((name) => !name.startsWith('pg_')),
  ];
}, 60_000);

afterAll(() => database.close());

function grantee(name: string): Grantee {
  return name === 'public' ? 'public' : (graph.global('role', name)?.id ?? 'public');
}

/** What the server answers for each row of `of`, as `key=true` lines. */
async function server(of: string): Promise<readonly string[]> {
  const rows = await database.query<{ readonly key: string; readonly yes: boolean }>(of);
  return rows.map(({ key, yes }) => `${key}=${yes}`).sort();
}

const RELATIONS = `select c.oid, n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'v', 'm') and n.nspname in ('public', 'hidden')`;

function values(list: readonly string[]): string {
  return list.map((each) => `('${each}')`).join(', ');
}

function relations() {
  return [...graph.ofKind('table'), ...graph.ofKind('view'), ...graph.ofKind('materializedView')];
}

describe('the graph answers as the server does', () => {
  test('has_table_privilege', async () => {
    const asked = relations().flatMap((relation) =>
      roles.flatMap((role) =>
        LETTERS.map(
          ([letter, name]) =>
            `${role} ${name} ${relation.name.name}=${mayTable(graph, grantee(role), relation, letter)}`,
        ),
      ),
    );
    expect(asked.length).toBeGreaterThan(500);
    expect(asked.sort()).toEqual(
      await server(`select r.role || ' ' || p.name || ' ' || c.relname as key, has_table_privilege(r.role, c.oid, p.name) as yes
        from (${RELATIONS}) c, (values ${values(roles)}) r (role), (values ${values(LETTERS.map(([, name]) => name))}) p (name)`),
    );
  });

  test('has_column_privilege and has_any_column_privilege', async () => {
    const letters = LETTERS.filter(([letter]) => 'rawx'.includes(letter));
    const tables = [...graph.ofKind('table')];
    const asked = tables.flatMap((table) =>
      roles.flatMap((role) =>
        letters.flatMap(([letter, name]) => [
          `${role} ${name} any of ${table.name.name}=${mayAnyColumn(graph, grantee(role), table, letter)}`,
          ...graph
            .columns(table.id)
            .map(
              (column) =>
                `${role} ${name} ${table.name.name}.${column.name}=${mayColumn(graph, grantee(role), column, letter)}`,
            ),
        ]),
      ),
    );
    const from = `(${RELATIONS.replace("'r', 'v', 'm'", "'r'")}) c, (values ${values(roles)}) r (role), (values ${values(letters.map(([, name]) => name))}) p (name)`;
    expect(asked.sort()).toEqual(
      [
        ...(await server(
          `select r.role || ' ' || p.name || ' any of ' || c.relname as key, has_any_column_privilege(r.role, c.oid, p.name) as yes from ${from}`,
        )),
        ...(await server(
          `select r.role || ' ' || p.name || ' ' || c.relname || '.' || a.attname as key, has_column_privilege(r.role, c.oid, a.attname, p.name) as yes
          from ${from}, pg_attribute a where a.attrelid = c.oid and a.attnum > 0`,
        )),
      ].sort(),
    );
  });

  test('has_function_privilege', async () => {
    const asked = graph
      .ofKind('function')
      .flatMap((fn) => roles.map((role) => `${role} ${fn.name.name}=${mayExecute(graph, grantee(role), fn)}`));
    expect(asked.sort()).toEqual(
      await server(`select r.role || ' ' || p.proname as key, has_function_privilege(r.role, p.oid, 'execute') as yes
        from pg_proc p, (values ${values(roles)}) r (role) where p.pronamespace = 'public'::regnamespace`),
    );
  });

  test('has_schema_privilege', async () => {
    const schemas = graph.ofKind('schema').filter((each) => ['public', 'hidden', 'opened'].includes(each.name));
    const asked = schemas.flatMap((schema) =>
      roles.map((role) => `${role} ${schema.name}=${mayUseSchema(graph, grantee(role), schema)}`),
    );
    expect(asked.sort()).toEqual(
      await server(`select r.role || ' ' || n.nspname as key, has_schema_privilege(r.role, n.oid, 'usage') as yes
        from pg_namespace n, (values ${values(roles)}) r (role) where n.nspname in ('public', 'hidden', 'opened')`),
    );
  });

  test('pg_has_role: who acts with whose rights', async () => {
    const named = roles.filter((role) => role !== 'public');
    const asked = named.flatMap((role) =>
      named.map((other) => `${role} ${other}=${actsAs(graph, grantee(role) as never, grantee(other) as never)}`),
    );
    expect(asked.sort()).toEqual(
      await server(`select r.role || ' ' || o.role as key, pg_has_role(r.role, o.role, 'usage') as yes
        from (values ${values(named)}) r (role), (values ${values(named)}) o (role)`),
    );
  });

  test('row security: who is bound by policies', async () => {
    const named = roles.filter((role) => role !== 'public');
    const tables = [...graph.ofKind('table')];
    const asked = tables.flatMap((table) =>
      named.map((role) => `${role} ${table.name.name}=${isUnderRowSecurity(graph, grantee(role), table)}`),
    );
    // row_security_active() answers for the current user only.
    const answers: string[] = [];
    for (const role of named) {
      await database.exec(`set role ${role}`);
      answers.push(
        ...(await server(`select current_user || ' ' || c.relname as key, row_security_active(c.oid) as yes
          from (${RELATIONS.replace("'r', 'v', 'm'", "'r'")}) c`)),
      );
      await database.exec('reset role');
    }
    expect(asked.sort()).toEqual(answers.sort());
    expect(named.filter((role) => bypassesRowSecurity(graph, grantee(role)))).toEqual([
      'postgres',
      'admin',
      'bypasser',
    ]);
  });
});
