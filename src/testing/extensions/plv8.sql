-- The handlers only have to exist: a function body in this language is accepted unread and never runs.
create function plv8_call_handler() returns language_handler language internal as 'now';
create language plv8 handler plv8_call_handler;
create function plv8_version() returns text language sql immutable as $$ select '3.1.10'::text $$;
create function plv8_reset() returns void language sql as $$ $$;
create function plv8_info() returns json language sql as $$ select '{}'::json $$;
