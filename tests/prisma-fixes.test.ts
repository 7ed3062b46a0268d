// What Prisma would take back is said beside the fix.
import { expect, test } from 'vitest';
import { withSchemaPrisma } from '../src/engine/prisma-fix.ts';

const titleOf = (sql: string) => withSchemaPrisma({ title: 'Do it', safety: 'review', sql }).title;

test.each([
  'drop index public."Client_name_idx";',
  'create index on public.clients (name);',
  'create unique index concurrently on public.clients (name);',
  'select 1;\nalter table public.clients\n  alter column id type bigint;',
  'alter table public.clients alter column "lastSeen" set not null;',
  'alter table public.clients add constraint c foreign key (team_id) references public.teams (id);',
  'alter table public.clients drop constraint clients_team_id_fkey;',
])('%s', (sql) => {
  expect(titleOf(sql)).toContain('change schema.prisma as well');
});

test.each([
  'alter table public.clients enable row level security;',
  'alter table public.clients add constraint c check (amount > 0);',
  "create function f() returns text language sql as $$ select 'drop index' $$;",
  'alter policy p on public.clients using (true);',
  'alter table public.clients validate constraint c;',
])('%s has no place in schema.prisma', (sql) => {
  expect(titleOf(sql)).toBe('Do it');
});
