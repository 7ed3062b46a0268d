import { describe, expect, test } from 'vitest';
import { mayExecute, mayTable } from '../../src/graph/privileges/privilege-questions.ts';
import { replaySql } from './replay-sql.ts';

// On Supabase migrations run as postgres, which is no superuser and owns nothing of auth and storage.

async function supabase(sql: string, exposure: 'legacy' | 'explicit-grants' = 'legacy') {
  const { graph, journal } = await replaySql(sql, { platform: 'supabase', exposure });
  return {
    journal,
    may(role: string, letter: string, schema: string, name: string): boolean {
      const relation = graph.relation({ schema, name });
      if (relation?.kind !== 'table') throw new Error(`no table ${name}`);
      return mayTable(graph, graph.global('role', role)?.id ?? 'public', relation, letter);
    },
    mayCall(role: string, name: string): boolean {
      const [fn] = graph.functions({ schema: 'public', name });
      if (fn === undefined) throw new Error(`no function ${name}`);
      return mayExecute(graph, graph.global('role', role)?.id ?? 'public', fn);
    },
  };
}

describe('what new objects give to the API roles', () => {
  const SQL = `create table public.t (a int); create function public.f() returns int language sql as 'select 1';`;

  test('everything, while default privileges do so', async () => {
    const { may, mayCall } = await supabase(SQL);
    expect([may('anon', 'r', 'public', 't'), may('authenticated', 'd', 'public', 't')]).toEqual([true, true]);
    expect(mayCall('anon', 'f')).toBe(true);
  });

  test('nothing, where grants are explicit', async () => {
    const { may } = await supabase(SQL, 'explicit-grants');
    expect([may('anon', 'r', 'public', 't'), may('service_role', 'r', 'public', 't')]).toEqual([false, false]);
  });

  test('until the migrations say otherwise, for what comes later', async () => {
    const { may } = await supabase(`create table public.before (a int);
      alter default privileges in schema public revoke all on tables from anon;
      create table public.after (a int);
      create schema private;
      create table private.hidden (a int);`);
    expect(may('anon', 'r', 'public', 'before')).toBe(true);
    expect(may('anon', 'r', 'public', 'after')).toBe(false);
    expect(may('authenticated', 'r', 'public', 'after')).toBe(true);
    expect(may('authenticated', 'r', 'private', 'hidden')).toBe(false);
  });

  test('a function is anybody’s until PUBLIC loses it', async () => {
    const { mayCall } = await supabase(`${SQL}
      revoke execute on function public.f() from anon, authenticated;
      create function public.g() returns int language sql as 'select 1';
      revoke execute on function public.g() from public, anon;`);
    expect(mayCall('anon', 'f')).toBe(true);
    expect(mayCall('anon', 'g')).toBe(false);
    expect(mayCall('authenticated', 'g')).toBe(true);
  });
});

describe('what postgres may give of what it does not own', () => {
  test('only what it holds with grant option: the rest is a warning in Postgres', async () => {
    const { may, journal } = await supabase(`create role app;
      grant all on auth.users to app;
      grant insert on storage.objects to app;
      grant update on auth.users to app;`);
    expect(['r', 'a', 'w', 'd'].map((letter) => may('app', letter, 'auth', 'users'))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(may('app', 'a', 'storage', 'objects')).toBe(true);
    expect(journal.some((each) => each.type === 'failed')).toBe(false);
  });

  test('schema public is the database owner’s', async () => {
    const { journal } = await supabase(`create role app; grant usage on schema public to app;`);
    const change = journal.find((each) => each.type === 'altered' && each.after.kind === 'schema');
    expect(change).toBeDefined();
  });

  test('not the default privileges of a role it is no member of', async () => {
    const { journal } = await supabase(
      'alter default privileges for role supabase_admin in schema public revoke all on tables from anon;',
    );
    expect(journal).toMatchObject([
      { type: 'failed', problem: { type: 'refused', message: 'permission denied to change default privileges' } },
    ]);
  });
});
