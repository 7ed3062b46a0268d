import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** About 6 kB of SQL a file, the mix of a multi-tenant Supabase project: tables, indexes, policies, functions, triggers, alterations. */
export function generateHistory(
  folder: string,
  files: number,
): { readonly bytes: number; readonly statements: number } {
  const migrations = join(folder, 'supabase', 'migrations');
  mkdirSync(migrations, { recursive: true });
  writeFileSync(join(folder, 'supabase', 'config.toml'), '[api]\nschemas = ["public", "graphql_public"]\n');
  let bytes = 0;
  let statements = 0;
  for (let i = 0; i < files; i++) {
    const parts = i === 0 ? [FIRST] : migration(i);
    const text = `${parts.join('\n\n')}\n`;
    const version = String(20240101000000 + i);
    writeFileSync(join(migrations, `${version}_step_${i}.sql`), text);
    bytes += text.length;
    statements += parts.length;
  }
  return { bytes, statements };
}

const FIRST = `create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now()
);

create table public.members (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null,
  role text not null default 'member' check (role in ('owner', 'admin', 'member')),
  primary key (organization_id, user_id)
);

create index members_user_id_idx on public.members (user_id);

create function public.set_updated_at() returns trigger language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end;
$$;`;

/** Every file makes two tables with what belongs to them; every fifth alters what an earlier one made. */
function migration(i: number): string[] {
  const parts = [`-- Step ${i}: items and their notes.`];
  for (const name of [`items_${i}`, `notes_${i}`]) parts.push(...table(name, i));
  if (i > 5 && i % 5 === 0) {
    parts.push(
      `alter table public.items_${i - 5} add column if not exists archived_at timestamptz;`,
      `create index if not exists items_${i - 5}_archived_idx on public.items_${i - 5} (archived_at) where archived_at is not null;`,
      `alter table public.notes_${i - 5} rename column body to content;`,
      `drop policy "notes_${i - 5} are deleted by their owner" on public.notes_${i - 5};`,
    );
  }
  return parts;
}

function table(name: string, i: number): string[] {
  const columns = Array.from(
    { length: 12 },
    (_, n) =>
      `  attribute_${n} ${['text', 'integer', 'jsonb', 'numeric(12,2)', 'boolean not null default false', 'timestamptz'][n % 6]},`,
  );
  return [
    `create table public.${name} (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  ${i % 3 === 0 ? 'parent_id uuid references public.organizations (id),' : 'owner_id uuid not null default auth.uid(),'}
  title text not null,
  body text,
${columns.join('\n')}
  status text not null default 'open' check (status in ('open', 'done', 'dropped')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);`,
    `comment on table public.${name} is 'Rows of step ${i}: what members of an organization keep.';`,
    `create index ${name}_organization_idx on public.${name} (organization_id, created_at desc);`,
    `create index ${name}_status_idx on public.${name} (status) where status <> 'done';`,
    `alter table public.${name} enable row level security;`,
    `create policy "${name} are read by members" on public.${name} for select to authenticated
  using (organization_id in (select m.organization_id from public.members m where m.user_id = (select auth.uid())));`,
    `create policy "${name} are added by members" on public.${name} for insert to authenticated
  with check (organization_id in (select m.organization_id from public.members m where m.user_id = auth.uid()));`,
    `create policy "${name} are deleted by their owner" on public.${name} for delete to authenticated
  using (exists (select 1 from public.members m where m.organization_id = ${name}.organization_id and m.user_id = (select auth.uid()) and m.role = 'owner'));`,
    `create trigger ${name}_updated_at before update on public.${name} for each row execute function public.set_updated_at();`,
    `create function public.count_${name}(org uuid) returns bigint language sql stable set search_path = '' as $$
  select count(*) from public.${name} where organization_id = org and status = 'open';
$$;`,
    `grant execute on function public.count_${name}(uuid) to authenticated;`,
  ];
}
