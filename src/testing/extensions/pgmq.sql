create table pgmq.meta (
  queue_name varchar unique not null,
  is_partitioned boolean not null,
  is_unlogged boolean not null,
  created_at timestamptz not null default now()
);
create type pgmq.message_record as (
  msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb, headers jsonb
);
create type pgmq.queue_record as (queue_name varchar, is_partitioned boolean, is_unlogged boolean, created_at timestamptz);
create type pgmq.metrics_result as (
  queue_name text, queue_length bigint, newest_msg_age_sec integer, oldest_msg_age_sec integer, total_messages bigint,
  scrape_time timestamptz, queue_visible_length bigint
);

create function pgmq.format_table_name(queue_name text, prefix text) returns text language plpgsql as $$
begin return lower(prefix || '_' || queue_name); end
$$;
create function pgmq.validate_queue_name(queue_name text) returns void language plpgsql as $$ begin end $$;
create function pgmq.acquire_queue_lock(queue_name text) returns void language plpgsql as $$ begin end $$;

create function pgmq.create_non_partitioned(queue_name text) returns void language plpgsql as $$
begin
  execute format('create table if not exists pgmq.%I (msg_id bigint primary key generated always as identity,
    read_ct integer default 0 not null, enqueued_at timestamptz default now() not null, vt timestamptz not null, message jsonb, headers jsonb)',
    pgmq.format_table_name(queue_name, 'q'));
  execute format('create table if not exists pgmq.%I (msg_id bigint primary key, read_ct integer default 0 not null,
    enqueued_at timestamptz default now() not null, archived_at timestamptz default now() not null, vt timestamptz not null,
    message jsonb, headers jsonb)', pgmq.format_table_name(queue_name, 'a'));
  insert into pgmq.meta (queue_name, is_partitioned, is_unlogged) values (queue_name, false, false) on conflict do nothing;
end
$$;
create function pgmq.create_unlogged(queue_name text) returns void language plpgsql as $$
begin perform pgmq.create_non_partitioned(queue_name); end
$$;
create function pgmq.create_partitioned(
  queue_name text, partition_interval text default '10000', retention_interval text default '100000'
) returns void language plpgsql as $$ begin perform pgmq.create_non_partitioned(queue_name); end $$;
create function pgmq.create(queue_name text) returns void language plpgsql as $$
begin perform pgmq.create_non_partitioned(queue_name); end
$$;
create function pgmq.convert_archive_partitioned(
  table_name text, partition_interval text default '10000', retention_interval text default '100000', leading_partition integer default 10
) returns void language plpgsql as $$ begin end $$;
create function pgmq.drop_queue(queue_name text) returns boolean language plpgsql as $$
begin
  execute format('drop table if exists pgmq.%I, pgmq.%I', pgmq.format_table_name(queue_name, 'q'), pgmq.format_table_name(queue_name, 'a'));
  delete from pgmq.meta m where m.queue_name = $1;
  return true;
end
$$;
create function pgmq.drop_queue(queue_name text, partitioned boolean) returns boolean language plpgsql as $$
begin return pgmq.drop_queue(queue_name); end
$$;
create function pgmq.detach_archive(queue_name text) returns void language plpgsql as $$ begin end $$;
create function pgmq.purge_queue(queue_name text) returns bigint language plpgsql as $$ begin return 0; end $$;
create function pgmq.list_queues() returns setof pgmq.queue_record language plpgsql as $$
begin return query select * from pgmq.meta; end
$$;
create function pgmq.metrics(queue_name text) returns pgmq.metrics_result language plpgsql as $$ begin return null; end $$;
create function pgmq.metrics_all() returns setof pgmq.metrics_result language plpgsql as $$ begin return; end $$;

create function pgmq.send(queue_name text, msg jsonb) returns setof bigint language sql as $$ select 0::bigint $$;
create function pgmq.send(queue_name text, msg jsonb, headers jsonb) returns setof bigint language sql as $$ select 0::bigint $$;
create function pgmq.send(queue_name text, msg jsonb, delay integer) returns setof bigint language sql as $$ select 0::bigint $$;
create function pgmq.send(queue_name text, msg jsonb, delay timestamptz) returns setof bigint language sql as $$ select 0::bigint $$;
create function pgmq.send(queue_name text, msg jsonb, headers jsonb, delay integer) returns setof bigint
language sql as $$ select 0::bigint $$;
create function pgmq.send(queue_name text, msg jsonb, headers jsonb, delay timestamptz) returns setof bigint
language plpgsql as $$ begin return; end $$;
create function pgmq.send_batch(queue_name text, msgs jsonb[]) returns setof bigint language sql as $$ select 0::bigint $$;
create function pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[]) returns setof bigint
language sql as $$ select 0::bigint $$;
create function pgmq.send_batch(queue_name text, msgs jsonb[], delay integer) returns setof bigint
language sql as $$ select 0::bigint $$;
create function pgmq.send_batch(queue_name text, msgs jsonb[], delay timestamptz) returns setof bigint
language sql as $$ select 0::bigint $$;
create function pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay integer) returns setof bigint
language sql as $$ select 0::bigint $$;
create function pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay timestamptz) returns setof bigint
language plpgsql as $$ begin return; end $$;
create function pgmq.read(queue_name text, vt integer, qty integer, conditional jsonb default '{}')
returns setof pgmq.message_record language plpgsql as $$ begin return; end $$;
create function pgmq.read_with_poll(
  queue_name text, vt integer, qty integer, max_poll_seconds integer default 5, poll_interval_ms integer default 100,
  conditional jsonb default '{}'
) returns setof pgmq.message_record language plpgsql as $$ begin return; end $$;
create function pgmq.pop(queue_name text, qty integer default 1) returns setof pgmq.message_record language plpgsql as $$ begin return; end $$;
create function pgmq.set_vt(queue_name text, msg_id bigint, vt integer) returns setof pgmq.message_record
language plpgsql as $$ begin return; end $$;
create function pgmq.archive(queue_name text, msg_id bigint) returns boolean language plpgsql as $$ begin return true; end $$;
create function pgmq.archive(queue_name text, msg_ids bigint[]) returns setof bigint language plpgsql as $$ begin return; end $$;
create function pgmq.delete(queue_name text, msg_id bigint) returns boolean language plpgsql as $$ begin return true; end $$;
create function pgmq.delete(queue_name text, msg_ids bigint[]) returns setof bigint language plpgsql as $$ begin return; end $$;

grant usage on schema pgmq to pg_monitor;
grant select on all tables in schema pgmq to pg_monitor;
