/** How large a database is: policies and indexes are for each table, the primary key's index counted. */
export interface CatalogSize {
  readonly tables: number;
  readonly indexes: number;
  readonly policies: number;
}

/** SQL for a database like a grown Supabase project's, in batches that are a transaction each: locks are limited. */
export function* generateCatalog({ tables, indexes, policies }: CatalogSize): Generator<string> {
  yield PLATFORM;
  for (let first = 0; first < tables; first += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, tables - first) }, (_, i) => first + i);
    yield numbers.map((each) => table(each, indexes, policies)).join('\n');
  }
}

const BATCH = 50;

/** As much of the platform as makes a database a Supabase project's. */
const PLATFORM = `
  do $$ declare name text; begin
    foreach name in array array['anon', 'authenticated', 'service_role'] loop
      if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
    end loop;
  end $$;
  create schema auth;
  grant usage on schema auth to public;
  create table auth.users (id uuid primary key, email text);
  create function auth.uid() returns uuid language sql stable
    as $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  create table public.organizations (id uuid primary key, name text not null, created_at timestamptz not null default now());
  create table public.members (
    organization_id uuid not null references public.organizations on delete cascade,
    user_id uuid not null references auth.users on delete cascade, role text not null default 'member',
    primary key (organization_id, user_id));
  create index on public.members (user_id);
  create function public.touch() returns trigger language plpgsql set search_path = '' as
    $$ begin new.updated_at := now(); return new; end $$;
`;

/** Every other has a key to the one before it; every tenth has no index for a key of its own. */
function table(i: number, indexes: number, policies: number): string {
  const name = `public.items_${i}`;
  const parent = i > 0 && i % 2 === 0 ? `parent_id bigint references public.items_${i - 1} on delete set null,` : '';
  const indexed = [
    'status',
    'created_at',
    'title',
    'organization_id, created_at',
    'updated_at',
    'organization_id, status',
  ];
  return `
    create table ${name} (
      id bigint generated always as identity primary key,
      organization_id uuid not null references public.organizations on delete cascade, ${parent}
      title text not null, body text, status text not null default 'new' check (status in ('new', 'open', 'done')),
      price numeric(12, 2), settings jsonb not null default '{}', created_at timestamptz not null default now(), updated_at timestamptz);
    ${Array.from({ length: indexes - 1 }, (_, k) => `create index on ${name} (${i % 10 === 0 ? indexed[k] : (['organization_id', ...indexed][k] ?? 'body')});`).join('\n')}
    alter table ${name} enable row level security;
    ${POLICIES.slice(0, policies)
      .map((policy, k) => `create policy "items ${i}, ${k}" on ${name} ${policy};`)
      .join('\n')}
    create trigger touch before update on ${name} for each row execute function public.touch();`;
}

const MEMBER = `organization_id in (select m.organization_id from public.members m where m.user_id = (select auth.uid()))`;
const POLICIES = [
  `for select to authenticated using (${MEMBER})`,
  `for insert to authenticated with check (${MEMBER})`,
  `for update to authenticated using (${MEMBER} and status <> 'done') with check (${MEMBER})`,
];
