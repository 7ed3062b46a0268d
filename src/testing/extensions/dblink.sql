create type dblink_pkey_results as (position integer, colname text);

create function dblink_connect(text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_connect(text, text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_connect_u(text) returns text language sql strict security definer as $$ select 'OK'::text $$;
create function dblink_connect_u(text, text) returns text language sql strict security definer as $$ select 'OK'::text $$;
create function dblink_disconnect() returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_disconnect(text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_open(text, text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_open(text, text, boolean) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_open(text, text, text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_open(text, text, text, boolean) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_fetch(text, integer) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink_fetch(text, integer, boolean) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink_fetch(text, text, integer) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink_fetch(text, text, integer, boolean) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink_close(text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_close(text, boolean) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_close(text, text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_close(text, text, boolean) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink(text) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink(text, boolean) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink(text, text) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink(text, text, boolean) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink_exec(text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_exec(text, boolean) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_exec(text, text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_exec(text, text, boolean) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_get_pkey(text) returns setof dblink_pkey_results language plpgsql strict as $$ begin return; end $$;
create function dblink_build_sql_insert(text, int2vector, integer, text[], text[]) returns text language sql strict as $$ select ''::text $$;
create function dblink_build_sql_delete(text, int2vector, integer, text[]) returns text language sql strict as $$ select ''::text $$;
create function dblink_build_sql_update(text, int2vector, integer, text[], text[]) returns text language sql strict as $$ select ''::text $$;
create function dblink_current_query() returns text language sql as $$ select ''::text $$;
create function dblink_send_query(text, text) returns integer language sql strict as $$ select 0 $$;
create function dblink_is_busy(text) returns integer language sql strict as $$ select 0 $$;
create function dblink_get_result(text) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink_get_result(text, boolean) returns setof record language plpgsql strict as $$ begin return; end $$;
create function dblink_get_connections() returns text[] language sql as $$ select '{}'::text[] $$;
create function dblink_cancel_query(text) returns text language sql strict as $$ select 'OK'::text $$;
create function dblink_error_message(text) returns text language sql strict as $$ select ''::text $$;
create function dblink_get_notify(out notify_name text, out be_pid integer, out extra text) returns setof record
language plpgsql strict as $$ begin return; end $$;
create function dblink_get_notify(conname text, out notify_name text, out be_pid integer, out extra text) returns setof record
language plpgsql strict as $$ begin return; end $$;
create function dblink_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create foreign data wrapper dblink_fdw validator dblink_fdw_validator;

revoke all on function dblink_connect_u(text) from public;
revoke all on function dblink_connect_u(text, text) from public;
