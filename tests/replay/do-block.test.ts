import { describe, expect, test } from 'vitest';
import duplicateObject from '../../rules/migration/duplicate-object.ts';
import { audit } from '../../src/audit/audit.ts';
import { problemsOf, replaySql } from './replay-sql.ts';

const TABLES = `create table public.a (id int primary key, owner_id int);
create table public.b (id int primary key, owner_id int);`;

async function tables(sql: string) {
  const reading = await replaySql(`${TABLES}\n${sql}`);
  const table = (name: string) => {
    const found = reading.graph.relation({ schema: 'public', name });
    if (found?.kind !== 'table') throw new Error(`no table ${name}`);
    return found;
  };
  return {
    reading,
    table,
    policies: (name: string) => reading.graph.ownedBy(table(name).id, 'policy').map((each) => each.name),
  };
}

describe('what can be decided is replayed', () => {
  test('a loop over an array with format()', async () => {
    const { table, policies, reading } = await tables(`do $$
declare t text;
begin
  foreach t in array array['a', 'b'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('create policy %I on public.%I for select using (true)', t || '_read', t);
  end loop;
end $$;`);
    expect([table('a').rowSecurity, table('b').rowSecurity]).toEqual([true, true]);
    expect([...policies('a'), ...policies('b')]).toEqual(['a_read', 'b_read']);
    expect(reading.notUnderstood).toEqual([]);
  });

  test('privileges that are those by default may stand in no access list', async () => {
    const loopOver = (list: string, made: string) => `do $$
declare r record;
begin
  for r in select a.grantee from pg_proc p cross join lateral aclexplode(${list}) a where p.proname = 'f' and a.grantee = 0 loop
    execute 'create table public.${made} ()';
  end loop;
end $$;`;
    const { reading } = await tables(`create function public.f() returns integer language sql as 'select 1';
${loopOver('p.proacl', 'listed')}
${loopOver("coalesce(p.proacl, acldefault('f', p.proowner))", 'meant')}`);
    const isMade = (name: string) => reading.graph.relation({ schema: 'public', name }) !== undefined;
    expect([isMade('listed'), isMade('meant')]).toEqual([false, true]);
  });

  test('a loop over a catalog', async () => {
    const { table } = await tables(`do $$
declare r record;
begin
  for r in select tablename from pg_tables where schemaname = 'public' and tablename <> 'b' loop
    execute 'alter table public.' || quote_ident(r.tablename) || ' enable row level security';
  end loop;
end $$;`);
    expect([table('a').rowSecurity, table('b').rowSecurity]).toEqual([true, false]);
  });

  test.each([
    ["if not exists (select 1 from pg_type where typname = 'mood') then create type mood as enum ('x'); end if;", true],
    [
      "if exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relname = 'nope') then create type mood as enum ('x'); end if;",
      false,
    ],
    [
      "if (select count(*) from information_schema.columns where table_name = 'a' and column_name in ('id', 'owner_id')) = 2 then create type mood as enum ('x'); end if;",
      true,
    ],
    [
      "if to_regclass('public.a') is not null and to_regclass('public.zzz') is null then create type mood as enum ('x'); end if;",
      true,
    ],
    [
      "if not exists (select from pg_constraint where conrelid = 'public.a'::regclass and contype = 'p') then create type mood as enum ('x'); end if;",
      false,
    ],
  ])('the guard %s', async (guard, created) => {
    const { reading } = await tables(`do $$ begin ${guard} end $$;`);
    expect(reading.graph.type({ schema: 'public', name: 'mood' }) !== undefined).toBe(created);
    expect(reading.notUnderstood).toEqual([]);
  });

  test('EXCEPTION WHEN duplicate_object undoes the block and goes on', async () => {
    const { reading, policies } = await tables(`create type mood as enum ('sad');
do $$ begin
  create policy before on public.a for select using (true);
  create type mood as enum ('happy');
exception when duplicate_object then
  create policy handled on public.a for select using (true);
end $$;`);
    expect(policies('a')).toEqual(['handled']);
    expect(problemsOf(reading)).toEqual([]);
  });

  test('an error that no handler names fails the block as a whole', async () => {
    const { reading, policies } = await tables(`create type mood as enum ('sad');
do $$ begin
  create policy before on public.a for select using (true);
  create type mood as enum ('happy');
exception when undefined_table then null;
end $$;`);
    expect(policies('a')).toEqual([]);
    expect(problemsOf(reading)).toEqual(['duplicateObject public.mood']);
  });

  test('a missing table is an error where a handler waits for it, not an assumption', async () => {
    const { reading } = await tables(`do $$ begin
  alter table public.nope add column x int;
exception when undefined_table then null;
end $$;`);
    expect(problemsOf(reading)).toEqual([]);
    expect(reading.graph.relation({ schema: 'public', name: 'nope' })).toBeUndefined();
  });
});

describe('what depends on data is said, with its reach', () => {
  test('DDL behind a query over rows', async () => {
    const { reading, table } = await tables(`do $$ begin
  if exists (select 1 from public.a where owner_id is null) then
    alter table public.b enable row level security;
  end if;
end $$;`);
    expect(table('b').rowSecurity).toBe(false);
    expect(reading.notUnderstood.map((each) => each.what)).toEqual([expect.stringContaining('ALTER TABLE')]);
    expect(reading.graph.isDoubtful(table('b'), ['rowSecurity'])).toBe(true);
    expect(reading.graph.isDoubtful(table('b'), ['indexes'])).toBe(false);
    expect(reading.graph.isDoubtful(table('a'), ['rowSecurity'])).toBe(false);
  });

  test('dynamic DDL over unknown names reaches the schema that its text names', async () => {
    const { reading, table } = await tables(`do $$ declare r record; begin
  for r in select name from public.a loop
    execute format('alter table public.%I enable row level security', r.name);
  end loop;
end $$;
create table public.later (id int);`);
    expect(reading.graph.isDoubtful(table('a'), ['rowSecurity'])).toBe(true);
    expect(reading.graph.isDoubtful(table('later'), ['rowSecurity'])).toBe(false);
  });

  test('is said once, however often a loop comes to it', async () => {
    const { notUnderstood } = await replaySql(
      `create extension pgmq;
do $$ declare queue text; begin
  foreach queue in array array['mails', 'bills', 'letters'] loop
    perform pgmq.create(queue);
  end loop;
end $$;`,
      { platform: 'supabase' },
    );
    expect(notUnderstood.map((each) => each.what)).toEqual(['What create() of an extension makes is not modelled.']);
  });

  test('data changes alone leave no doubt', async () => {
    const { reading } = await tables(`do $$ declare r record; begin
  for r in select id from public.a loop
    update public.b set owner_id = r.id where id = r.id;
    if not found then insert into public.b values (r.id); end if;
  end loop;
end $$;`);
    expect(reading.notUnderstood).toEqual([]);
    expect(reading.doubts).toEqual([]);
  });

  test('after a RETURN that may have happened the rest is in doubt', async () => {
    const { reading, policies } = await tables(`do $$ begin
  if (select count(*) from public.a) > 0 then return; end if;
  create policy p on public.a for select using (true);
end $$;`);
    expect(policies('a')).toEqual([]);
    expect(reading.notUnderstood).toHaveLength(1);
  });
});

test('a text that is put together in code that may not run says what is run there', async () => {
  const { reading, table } = await tables(`do $$
declare v text;
begin
  if (select count(*) from public.a) > 0 then
    v := 'create index on public.a ' || '(owner_id)';
    execute v;
  end if;
end $$;`);
  const doubtful = (name: string, aspect: 'indexes' | 'rowSecurity') => reading.graph.isDoubtful(table(name), [aspect]);
  expect([doubtful('a', 'indexes'), doubtful('a', 'rowSecurity'), doubtful('b', 'indexes')]).toEqual([
    true,
    false,
    false,
  ]);
});

test('what the first round of a loop writes the second may run', async () => {
  const { reading, table } = await tables(`do $$
declare v text := 'create index on public.b (id)';
begin
  if (select count(*) from public.a) > 0 then
    for i in 1..2 loop
      execute v;
      v := 'alter table public.b enable row level security';
    end loop;
  end if;
end $$;`);
  expect(reading.graph.isDoubtful(table('b'), ['rowSecurity'])).toBe(true);
});

test('RAISE alone throws what was caught again, and what Postgres refuses is said', async () => {
  const { reading } = await tables(`do $$ begin
  begin
    alter table public.a add foreign key (owner_id) references public.nobody (id);
  exception when duplicate_object then null; when others then raise;
  end;
end $$;
alter table public.a add primary key (owner_id);`);
  expect(problemsOf(reading)).toEqual([
    'unknownObject table public.nobody',
    'refused multiple primary keys for table "a" are not allowed',
  ]);
  expect(reading.notUnderstood).toEqual([]);
});

test('what a block may have dropped is not said to exist already', async () => {
  const { reading } =
    await tables(`create table public.plans (id int, source text constraint known check (source in ('a', 'b')));
do $$ declare c record; begin
  for c in select note from public.a loop
    execute format('alter table public.plans drop constraint %I', c.note);
  end loop;
end $$;
alter table public.plans add constraint known check (source in ('a', 'b', 'c'));`);
  const selection = { preset: 'strict', settings: new Map(), only: ['duplicate-object'] } as const;
  const rules = [{ id: 'duplicate-object', rule: duplicateObject }];
  const { report } = await audit({ name: '', read: async () => reading }, { rules, selection });
  expect(problemsOf(reading)).toEqual(['duplicateObject public.plans.known']);
  expect(report.findings).toEqual([]);
});

test('a loop that may or may not run doubts what each value of its list would do, and no more', async () => {
  const { reading, table } = await tables(`do $$
declare
  checks text[] := array['select count(*) from public.a where owner_id = $1', 'select count(*) from public.b where id = $1'];
  each text;
  n bigint;
begin
  if not exists (select 1 from public.a where id = 1) then return; end if;
  foreach each in array checks loop
    execute each into n using 1;
    if n > 0 then raise exception 'still used'; end if;
  end loop;
  foreach each in array array['a'] loop
    execute format('alter table public.%I enable row level security', each);
  end loop;
end $$;`);
  expect(reading.doubts.map(({ aspects, reach }) => ({ aspects, reach }))).toEqual([
    { aspects: ['rowSecurity'], reach: { entities: [table('a').id] } },
  ]);
});

test('a loop over what is there and what may be there does the one and doubts the other', async () => {
  const { policies, reading, table } = await tables(`create policy super_a on public.a using (true);
create policy own on public.b using (true);
create policy super_u on public.made_elsewhere using (true);
do $$
declare r record;
begin
  for r in select tablename, policyname from pg_policies where policyname like 'super%' loop
    execute format('drop policy %I on public.%I', r.policyname, r.tablename);
  end loop;
end $$;`);
  expect([policies('a'), policies('b')]).toEqual([[], ['own']]);
  const isInDoubt = (name: string) => reading.graph.isDoubtful(table(name), ['policies']);
  expect([isInDoubt('a'), isInDoubt('b'), isInDoubt('made_elsewhere')]).toEqual([false, false, true]);
});

describe('what a block may have done is known', () => {
  const block = `do $$ begin
  if exists (select 1 from public.a) then
    alter table public.b enable row level security;
    drop policy if exists own on public.b;
    create policy own on public.b using (owner_id = 1);
    create trigger touch before update on public.b for each row execute function suppress_redundant_updates_trigger();
  end if;
end $$;`;
  async function inDoubt(after: string) {
    const { reading, table } = await tables(`${block}\n${after}`);
    const aspects = ['rowSecurity', 'policies', 'triggers'] as const;
    return aspects.filter((each) => reading.graph.isDoubtful(table('b'), [each]));
  }
  const create = 'create policy own on public.b using (true);';

  test('once row security is on', async () => {
    expect(await inDoubt('')).toEqual(['rowSecurity', 'policies', 'triggers']);
    expect(await inDoubt('alter table public.b enable row level security;')).toEqual(['policies', 'triggers']);
    expect(await inDoubt('alter table public.a enable row level security;')).toHaveLength(3);
  });

  test('once the policy or trigger was dropped for certain', async () => {
    expect(await inDoubt(`drop policy if exists own on public.b; ${create}`)).toEqual(['rowSecurity', 'triggers']);
    expect(await inDoubt('drop trigger if exists touch on b;')).toEqual(['rowSecurity', 'policies']);
    expect(await inDoubt('drop policy if exists other on public.b; drop policy if exists own on a;')).toHaveLength(3);
    // Where there was one already, it stands as it was.
    expect(await inDoubt(`do $$ begin ${create} exception when duplicate_object then null; end $$;`)).toHaveLength(3);
    expect(await inDoubt(`begin; drop policy if exists own on public.b; rollback;`)).toHaveLength(3);
    expect(await inDoubt(`drop policy if exists own on public.b; ${block}`)).toHaveLength(3);
  });
});

test('what may have been done there is named as SQL names it', async () => {
  const { reading } = await tables(`do $$ begin
  if exists (select 1 from public.a) then create extension hstore; alter table public.a rename to z; end if;
end $$;`);
  expect(reading.notUnderstood.map(({ what }) => what).join()).toContain('(CREATE EXTENSION, RENAME)');
});

test('LIKE with an escape', async () => {
  const { table } = await tables(`do $$ declare r record; begin
  for r in select tablename from pg_tables where schemaname = 'public' and tablename like 'x\\_%' escape '\\' loop
    execute format('alter table public.%I enable row level security', r.tablename);
  end loop;
  if 'a%' like 'a!%' escape '!' and not 'ab' like 'a!%' escape '!' and 'a_b' like '%\\_b' then
    alter table public.a enable row level security;
  end if;
end $$;`);
  expect([table('a').rowSecurity, table('b').rowSecurity]).toEqual([true, false]);
  // Two backslashes are two characters between plain quotes: invalid escape string.
  const { reading } = await tables(`do $$ begin
  perform 1 from pg_class where relname like 'x%' escape '\\\\';
  drop table public.a;
end $$;`);
  expect(problemsOf(reading)).toHaveLength(1);
});

test('findings inside a block point at the line in the file', async () => {
  const { reading, table } = await tables(`do $do$ begin
  -- Größe ✓
  create index a_owner on public.a (owner_id);
end $do$;`);
  const [index] = reading.graph.ownedBy(table('a').id, 'index').filter((each) => each.name.name === 'a_owner');
  if (index?.origin.from !== 'statement') throw new Error('no place');
  const text = reading.texts.get('1.sql') ?? '';
  expect(text.slice(index.origin.at.start)).toMatch(/^create index a_owner/);
});

test('a loop over the functions that a role may call, but for those of triggers', async () => {
  const { reading } =
    await tables(`create function public.count_all() returns bigint language sql security definer as 'select 1::bigint';
create function public.count_own() returns bigint language sql as 'select 1::bigint';
create function public.touch() returns trigger language plpgsql security definer as 'begin return new; end';
do $$ declare r record; begin
  for r in
    select p.oid::regprocedure as sig from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.prosecdef and p.prorettype::regtype::text <> 'trigger'
      and p.prorettype <> 'trigger'::regtype and has_function_privilege('public', p.oid, 'execute')
  loop
    execute format('revoke all on function %s from public', r.sig);
  end loop;
end $$;`);
  const callable = reading.graph
    .ofKind('function')
    .filter((each) => each.name.schema === 'public' && each.acl.some(({ grantee }) => grantee === 'public'));
  expect(reading.doubts).toEqual([]);
  expect(callable.map((each) => each.name.name)).toEqual(['count_own', 'touch']);
});

test('what a REVOKE on functions of unknown names may change is no table', async () => {
  const { reading, table } = await tables(`create function public.f() returns int language sql as 'select 1';
do $$ declare r record; begin
  for r in select oid::regprocedure as sig from pg_proc where proname = (select min(name) from public.a) loop
    execute format('revoke all on function %s from public', r.sig);
  end loop;
end $$;`);
  const routine = reading.graph.ofKind('function').find((each) => each.name.name === 'f');
  expect(reading.graph.isDoubtful(table('a'), ['privileges'])).toBe(false);
  expect(routine && reading.graph.isDoubtful(routine, ['privileges'])).toBe(true);
});

describe('a body that may fail, with handlers', () => {
  const guard = "if not b then raise exception 'X'; end if;";
  const declared = 'do $$ declare b boolean := false; begin';
  test.each([
    [
      'a flag set in the handler',
      `${declared} begin perform 1/0; exception when others then b := true; end; ${guard} end $$;`,
    ],
    [
      'a flag that a failing body had set, or not',
      `${declared} begin update public.a set id = 1; b := true; exception when others then null; end; ${guard} end $$;`,
    ],
    [
      'an argument that CALL writes',
      `create procedure public.p(inout b boolean) language plpgsql as $f$ begin b := true; end $f$;
${declared} call public.p(b); ${guard} end $$;`,
    ],
    [
      'RETURN in the handler',
      "do $$ begin begin update public.a set id = 1; exception when others then return; end; raise exception 'X'; end $$;",
    ],
    [
      'what the body raises where the statement before it must fail',
      `do $$ begin
  begin insert into public.a values (null); raise exception 'not refused'; exception when not_null_violation then null; end;
end $$;`,
    ],
    [
      'CONTINUE in the handler',
      `do $$ begin for i in 1..2 loop
  begin perform 1 / (i - 1); exception when division_by_zero then continue; end;
  if i = 1 then raise exception 'X'; end if;
end loop; end $$;`,
    ],
  ])('%s', async (_, sql) => {
    const { reading } = await tables(sql);
    expect(problemsOf(reading)).toEqual([]);
    expect(reading.notUnderstood).toEqual([]);
  });

  test('an argument that CALL only reads keeps its value', async () => {
    const { reading } = await tables(`create procedure public.p(b boolean) language plpgsql as $f$ begin null; end $f$;
${declared} call public.p(b); ${guard} end $$;`);
    expect(problemsOf(reading)).toEqual(['refused X']);
  });

  test('what the body does is done, and the handlers of what only CREATE raises never run for a row', async () => {
    const { reading, policies } = await tables(`do $$ begin
  for i in 1..2 loop
    begin
      perform 1 from public.a where id = i;
      execute format('create policy p%s on public.a for select using (true)', i);
    exception when duplicate_object then return; when others then continue; end;
  end loop;
  begin insert into public.a values (1); exception when duplicate_object then return; end;
  create policy last on public.a for select using (true);
end $$;`);
    expect(policies('a')).toEqual(['p1', 'p2', 'last']);
    expect(reading.notUnderstood).toEqual([]);
  });

  test('behind a RETURN of a handler the rest is in doubt', async () => {
    const { reading, policies } = await tables(`do $$ begin
  begin perform 1/0; exception when others then return; end;
  create policy p on public.a for select using (true);
end $$;`);
    expect(policies('a')).toEqual([]);
    expect(reading.notUnderstood).toHaveLength(1);
  });
});

test('a loop that drops policies of unknown names puts those in doubt that were there, and none that is made behind it', async () => {
  const { reading, table, policies } = await tables(`create policy old on public.a for select using (true);
do $$ declare r record; begin
  for r in select policyname, tablename from pg_policies where policyname = (select min(name) from public.b) loop
    execute format('drop policy if exists %I on public.%I', r.policyname, r.tablename);
  end loop;
end $$;
create policy new on public.a for delete using (true);`);
  const doubtful = policies('a').map((name) => {
    const policy = reading.graph.part('policy', table('a').id, name);
    return [name, policy && reading.graph.isDoubtful(policy, ['policies'])];
  });
  expect(doubtful).toEqual([
    ['old', true],
    ['new', false],
  ]);
});

describe('what pg_get_functiondef() gives is changed and run', () => {
  const FUNCTIONS = `create function public.f(how text default 'x') returns int language plpgsql as $x$ begin return 1; end $x$;
create function public.g() returns int language sql as 'select 2';
create policy own on public.a using (owner_id = public.f() and id = public.g());`;
  const doubted = async (change: string) => {
    const { graph, notUnderstood } = await replaySql(`${TABLES}\n${FUNCTIONS}
do $$ declare v text; begin
  v := pg_get_functiondef('public.f(text)'::regprocedure);
  ${change}
end $$;`);
    const [f] = graph.functions({ schema: 'public', name: 'f' });
    const [g] = graph.functions({ schema: 'public', name: 'g' });
    if (f === undefined || g === undefined) throw new Error('no such function');
    const isInDoubt = (entity: typeof f) => graph.isDoubtful(entity, ['functions']);
    return { body: f.body?.text, isInDoubt: [isInDoubt(f), isInDoubt(g)], notes: notUnderstood.length };
  };

  test('a piece that only the body has', async () => {
    expect(await doubted("v := replace(v, 'return 1;', 'return 2;'); execute v;")).toEqual({
      body: ' begin return 2; end ',
      isInDoubt: [false, false],
      notes: 0,
    });
  });

  test('by a text in which signs stand that mean something to a pattern', async () => {
    expect(await doubted("v := replace(v, '1;', 'length(''^[0-9]+$'');$&'); execute v;")).toMatchObject({
      body: " begin return length('^[0-9]+$');$& end ",
      notes: 0,
    });
  });

  test('the body alone, from the catalog, in a definition that is written anew', async () => {
    const change = `select prosrc into strict v from pg_proc where oid = 'public.f(text)'::regprocedure;
      if position('return 9' in v) > 0 then return; end if;
      execute format('create or replace function public.f(how text default %L) returns int language plpgsql as %L', 'x', replace(v, '1', '9'));`;
    expect(await doubted(change)).toMatchObject({ body: ' begin return 9; end ', isInDoubt: [false, false], notes: 0 });
  });

  test.each([
    ['a piece that may stand before the body too', "execute replace(v, 'text', 'int');"],
    ['a pattern', "execute regexp_replace(v, 'r.turn', 'return', 'g');"],
    [
      'where what stands before the body decides',
      "if position('LANGUAGE plpgsql' in v) > 0 then execute replace(v, '1', '2'); end if;",
    ],
  ])('%s leaves that function in doubt, and nothing else', async (_, change) => {
    expect(await doubted(change)).toMatchObject({ isInDoubt: [true, false], notes: 1 });
  });

  test('it is made anew where it was dropped since', async () => {
    const change =
      "drop policy own on public.a; drop function public.f(text); execute replace(v, 'return 1', 'return 4');";
    expect(await doubted(change)).toMatchObject({ body: ' begin return 4; end ', notes: 0 });
  });

  test('what is not there is not there', async () => {
    const change = "if position('nowhere' in v) = 0 then execute replace(v, 'return 1', 'return 7'); end if;";
    expect(await doubted(change)).toMatchObject({ body: ' begin return 7; end ', notes: 0 });
  });
});

test.each([
  ["raise exception 'count=%, 100 %%', n", 'count=3, 100 %'],
  ["raise exception '% of % is %', 'a', b, n = 3", 'a of <NULL> is t'],
  ["raise exception 'now % rows', (select count(*) from rows)", 'now … rows'],
  ["raise exception '%', format('%s of %s', n, (select max(id) from rows))", '3 of …'],
  ["raise exception 'id %', o", 'id …'],
  ["raise exception using message = 'only ' || n", 'only 3'],
  ["raise exception using message = 'only ' || n, hint = 'none'", 'only 3'],
  ['raise unique_violation', 'unique_violation'],
])('what %s says', async (statement, said) => {
  const reading = await replaySql(`create table rows (id int);
do $$ declare n integer := 3; b text; o oid := (select oid from pg_class where relname = 'rows'); begin ${statement}; end $$;`);
  expect(problemsOf(reading)).toEqual([`refused ${said}`]);
});

test('what may validate a constraint leaves no doubt that it stands', async () => {
  const { reading, table } = await tables(`alter table a add constraint positive check (id > 0) not valid;
do $$
begin
  if not exists (select 1 from a where id <= 0) then
    alter table a validate constraint positive;
  end if;
end $$;`);
  expect(reading.graph.isDoubtful(table('a'), ['validity'])).toBe(true);
  expect(reading.graph.isDoubtful(table('a'), ['constraints', 'indexes', 'columns'])).toBe(false);
});

describe('where a file needed a table that only a later one makes', () => {
  const guarded = (condition: string) => `
    create table public.parcels (id int primary key, sender int references public.senders (id), pallet_id int);
    do $$ begin
      if ${condition} then
        alter table public.parcels add constraint of_pallet foreign key (pallet_id) references public.pallets (id);
      end if;
    end $$;`;
  const later = `create table public.senders (id int primary key);
create table public.pallets (id int primary key);`;

  test.each([
    "exists (select 1 from information_schema.tables where table_name = 'pallets')",
    "exists (select from pg_tables where schemaname = 'public' and tablename = 'pallets')",
    "to_regclass('public.pallets') is not null",
    "(select count(*) from pg_class where relname = 'pallets') > 0",
  ])('whether another of them was there is not known: %s', async (condition) => {
    const { graph, doubts } = await replaySql([guarded(condition), later]);
    const parcels = graph.relation({ schema: 'public', name: 'parcels' });
    expect(parcels && graph.isDoubtful(parcels, ['constraints'])).toBe(true);
    expect(doubts).toHaveLength(1);
  });

  test('who adds a column takes the table for there', async () => {
    const { graph, doubts } = await replaySql([
      `create table public.parcels (id int primary key, place int references public.places (id));
do $$ begin
  if not exists (select 1 from information_schema.columns where table_name = 'senders' and column_name = 'email') then
    alter table public.senders add column email text;
  end if;
end $$;`,
      `${later} create table public.places (id int primary key);`,
    ]);
    const senders = graph.relation({ schema: 'public', name: 'senders' });
    expect([senders && graph.column(senders.id, 'email')?.isAssumed, doubts]).toEqual([undefined, []]);
  });

  test('one that no file makes was not there, nor is it where the files run in their order', async () => {
    const condition = "to_regclass('public.pallets') is not null";
    const unmade = await replaySql([guarded(condition), 'create table public.senders (id int primary key);']);
    const inOrder = await replaySql([`create table public.senders (id int primary key); ${guarded(condition)}`, later]);
    expect([unmade.doubts, inOrder.doubts]).toEqual([[], []]);
  });
});

test('what the platform offers to install', async () => {
  const guarded = (name: string) => `do $$ begin
  if exists (select 1 from pg_available_extensions where name = '${name}') then create table public.there (id int); end if;
  if not exists (select 1 from pg_available_extensions where name = '${name}') then create table public.missing (id int); end if;
end $$;`;
  const made = async (name: string, platform: 'supabase' | 'postgres') => {
    const { graph, notUnderstood } = await replaySql(guarded(name), { platform });
    const names = ['there', 'missing'].filter((each) => graph.relation({ schema: 'public', name: each }) !== undefined);
    return [names, notUnderstood.length];
  };
  expect(await made('pg_jsonschema', 'supabase')).toEqual([['there'], 0]);
  expect(await made('of_next_year', 'supabase')).toEqual([[], 1]);
  expect(await made('pg_jsonschema', 'postgres')).toEqual([[], 1]);
});

test('every check that names a column is dropped, whatever it was called', async () => {
  const { reading } = await tables(`
create table rows (kind text check (kind in ('a')), size int constraint sized check (size > 0));
alter table rows add constraint again check (kind <> '');
do $$ declare c record; begin
  for c in select conname from pg_constraint where conrelid = 'rows'::regclass and contype = 'c' and pg_get_constraintdef(oid) ilike '%kind%' loop
    execute format('alter table rows drop constraint %I', c.conname);
  end loop;
end $$;`);
  expect(reading.notUnderstood).toEqual([]);
  const rows = reading.graph.relation({ schema: 'public', name: 'rows' });
  const left = reading.graph.ofKind('checkConstraint').filter((each) => each.on === rows?.id);
  expect(left.map((each) => each.name)).toEqual(['sized']);
});
