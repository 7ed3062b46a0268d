/** The schema that the binder's tests ask about: tenants, documents, chats, jobs, as projects have them. */
export const SCHEMA = `
create schema auth;
create schema app;
create table auth.users (id uuid primary key, email varchar(255), raw_user_meta_data jsonb, created_at timestamptz default now());
create function auth.uid() returns uuid language sql stable as $$ select null::uuid $$;
create function auth.jwt() returns jsonb language sql stable as $$ select null::jsonb $$;
create function auth.role() returns text language sql stable as $$ select null::text $$;

create type public.order_status as enum ('draft', 'paid', 'sent');
create type public.member_role as enum ('owner', 'admin', 'member');
create domain public.email as text check (value like '%@%');
create domain public.positive as integer check (value > 0);
create type public.address as (street text, zip varchar(10));
create type public.price_range as range (subtype = numeric);

create table public.customers (
  id bigint generated always as identity primary key, name text not null, email public.email, code varchar(20), region char(2),
  home public.address, tags text[] not null default '{}', labels varchar(20)[], settings jsonb not null default '{}', raw json,
  score double precision, ratio real, credit numeric(12,2) default 0, level smallint, born date, opens time, seen_at timestamptz,
  made_at timestamp, stay interval, active boolean not null default true, ip inet, document tsvector, kind "char", tid uuid, blob bytea);
create table public.organizations (id uuid primary key default gen_random_uuid(), name text, owner_id uuid references auth.users);
create table public.members (
  organization_id uuid not null references public.organizations, user_id uuid not null, role public.member_role not null default 'member',
  invited_by uuid, created_at timestamptz not null default now(), primary key (organization_id, user_id));
create table public.orders (
  id bigint generated always as identity primary key, customer_id bigint references public.customers, organization_id uuid,
  status public.order_status not null default 'draft', status_text varchar(16) default 'new', total numeric(10,2), qty int, quantity public.positive,
  placed_on date, created_at timestamptz default now(), deleted_at timestamptz, note text, meta jsonb, period tstzrange, amount bigint, band public.price_range);
create table public.order_items (order_id bigint references public.orders, line int, sku text, price numeric, primary key (order_id, line));
create table app."Weird Table" ("Order" int, "user id" uuid, "select" text);
create sequence public.ticket_seq;

create function public.is_member(org uuid) returns boolean language sql stable as $$ select true $$;
create function public.is_member(org uuid, who uuid) returns boolean language sql stable as $$ select true $$;
create function public.has_role(org uuid, role public.member_role default 'member') returns boolean language sql stable as $$ select true $$;
create function public.tenant() returns uuid language sql stable as $$ select null::uuid $$;
create function public.full_name(c public.customers) returns text language sql immutable as $$ select c.name $$;
create function public.recent(since timestamptz) returns setof public.orders language sql stable as $$ select * from public.orders $$;
create function public.totals(org uuid) returns table (month date, total numeric) language sql stable as $$ select null::date, null::numeric $$;
create function public.my_orgs() returns setof uuid language sql stable as $$ select null::uuid $$;
create function public.pick(a text, b integer) returns text language sql immutable as $$ select a $$;
create function public.pick(a text, b text) returns integer language sql immutable as $$ select 1 $$;
create function public.any_of(variadic keys text[]) returns boolean language sql immutable as $$ select true $$;
create function public.same_as(a anyelement, b anyelement) returns anyelement language sql immutable as $$ select a $$;
create view public.open_orders as select * from public.orders where deleted_at is null;
`;
