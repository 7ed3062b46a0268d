-- Handler and validator only have to exist and to find no fault: no query runs over foreign tables of an embedded server.
create function postgres_fdw_handler() returns fdw_handler language internal strict as 'now';
create function postgres_fdw_validator(text[], oid) returns void language internal as 'array_cardinality';
create foreign data wrapper postgres_fdw handler postgres_fdw_handler validator postgres_fdw_validator;
create function postgres_fdw_get_connections(
  check_conn boolean default false, out server_name text, out user_name text, out valid boolean, out used_in_xact boolean,
  out closed boolean, out remote_backend_pid integer
) returns setof record language plpgsql strict parallel restricted as $$ begin return; end $$;
create function postgres_fdw_disconnect(text) returns boolean language sql strict parallel restricted as $$ select true $$;
create function postgres_fdw_disconnect_all() returns boolean language sql strict parallel restricted as $$ select true $$;
