import { describe, expect, test } from 'vitest';
import {
  isAccountTable,
  isAuditTable,
  isMembershipTable,
  isReferenceList,
  queueTable,
} from '../../src/graph/lexicon/table-roles.ts';
import { replaySql } from '../replay/replay-sql.ts';

async function tableOf(sql: string, name: string) {
  const { graph } = await replaySql(sql, { platform: 'supabase' });
  const table = graph.relation({ schema: 'public', name });
  if (table?.kind !== 'table') throw new Error(`no table ${name}`);
  return { graph, table };
}

describe('queue tables', () => {
  test.each([
    ['email_outbox', 'id int', 'sure'],
    ['embedding_queue', 'id int, status text', 'sure'],
    ['jobs', 'id int, status text', 'none'],
    ['tasks', 'id int, status text, title text, assignee uuid', 'none'],
    ['jobs', 'id int, status text, attempts int', 'sure'],
    ['pages', 'id int, state text, locked_at timestamptz', 'sure'],
    ['appointments', 'id int, status text, scheduled_at timestamptz', 'weak'],
    ['exports', 'id int, attempts int', 'none'],
    ['shifts', 'id int, status text, worker_id int references staff', 'none'],
    ['queued', 'id int, status text', 'none'],
  ])('%s (%s): %s', async (name, columns, expected) => {
    const { graph, table } = await tableOf(
      `create table staff (id int primary key); create table ${name} (${columns});`,
      name,
    );
    const queue = queueTable(graph, table);
    expect(queue === undefined ? 'none' : queue.isSure ? 'sure' : 'weak').toBe(expected);
  });

  test('names the column that says where a row stands', async () => {
    const { graph, table } = await tableOf(
      'create table jobs (job_type text, status text, retry_count int, run_at timestamptz);',
      'jobs',
    );
    const queue = queueTable(graph, table);
    expect(queue?.status?.name).toBe('status');
    expect(queue?.worker.map((each) => each.name)).toEqual(['retry_count', 'run_at']);
    expect(queue?.scheduled.map((each) => each.name)).toEqual(['run_at']);
  });
});

test.each([
  ['audit_log', '', true],
  ['changeHistory', '', true],
  ['activity_logs', '', true],
  ['auditorium', '', false],
  ['blog', '', false],
  ['catalog', '', false],
  ['trails', '', false],
  ['log_settings', '', false],
  ['login_events', '', true],
  ['events', '', false],
  [
    'login_events',
    'create function f() returns void language sql as $$ update public.login_events set id = 1 $$;',
    false,
  ],
  [
    'login_events',
    'create function f() returns void language sql as $$ insert into public.login_events values (1) on conflict (id) do update set id = 2 $$;',
    false,
  ],
  [
    'login_events',
    'create function f() returns void language sql as $$ insert into public.login_events values (1) $$;',
    true,
  ],
])('%s is an audit table (%s): %s', async (name, sql, expected) => {
  const { graph, table } = await tableOf(`create table "${name}" (id int primary key); ${sql}`, name);
  expect(isAuditTable(graph, table)).toBe(expected);
});

test('lists, memberships and accounts', async () => {
  const { graph } = await replaySql(
    `create table plans (id int primary key);
     create table nothing (id int primary key);
     create table orgs (id int primary key, plan_id int references plans);
     create table members (org_id int references orgs, user_id uuid references auth.users, primary key (org_id, user_id));
     create table likes (id int primary key, org_id int references orgs, user_id uuid references auth.users);
     create unique index on likes (user_id, org_id);
     create table people (id uuid primary key references auth.users);
     create table accounts (id uuid primary key);
     create table account_users (id uuid primary key);
     create table user_settings (id uuid primary key);`,
    { platform: 'supabase' },
  );
  const tables = graph.ofKind('table').filter((each) => each.name.schema === 'public');
  const names = (is: typeof isReferenceList) => tables.filter((each) => is(graph, each)).map((each) => each.name.name);
  expect(names(isReferenceList)).toEqual(['plans']);
  expect(names(isMembershipTable)).toEqual(['members', 'likes']);
  expect(names(isAccountTable)).toEqual(['people', 'accounts']);
});
