create domain http_method as text;
create domain content_type as text check (value ~ '^\S+\/\S+');
create type http_header as (field varchar, value varchar);
create type http_response as (status integer, content_type varchar, headers http_header[], content varchar);
create type http_request as (method http_method, uri varchar, headers http_header[], content_type varchar, content varchar);

create function http_set_curlopt(curlopt varchar, value varchar) returns boolean language sql as $$ select true $$;
create function http_reset_curlopt() returns boolean language sql as $$ select true $$;
create function http_list_curlopt() returns table (curlopt text, value text) language sql as $$ select null::text, null::text where false $$;
create function http_header(field varchar, value varchar) returns http_header language sql as $$ select field, value $$;
create function http_headers(variadic args text[]) returns http_header[] language sql as $$ select null::@extschema@.http_header[] $$;
create function http(request http_request) returns http_response language sql as $$ select null::@extschema@.http_response $$;
create function http_get(uri varchar) returns http_response language sql as $$ select null::@extschema@.http_response $$;
create function http_get(uri varchar, data jsonb) returns http_response language sql as $$ select null::@extschema@.http_response $$;
create function http_post(uri varchar, content varchar, content_type varchar) returns http_response
language sql as $$ select null::@extschema@.http_response $$;
create function http_post(uri varchar, data jsonb) returns http_response language sql as $$ select null::@extschema@.http_response $$;
create function http_put(uri varchar, content varchar, content_type varchar) returns http_response
language sql as $$ select null::@extschema@.http_response $$;
create function http_patch(uri varchar, content varchar, content_type varchar) returns http_response
language sql as $$ select null::@extschema@.http_response $$;
create function http_delete(uri varchar) returns http_response language sql as $$ select null::@extschema@.http_response $$;
create function http_delete(uri varchar, content varchar, content_type varchar) returns http_response
language sql as $$ select null::@extschema@.http_response $$;
create function http_head(uri varchar) returns http_response language sql as $$ select null::@extschema@.http_response $$;
create function urlencode(string varchar) returns text language sql immutable strict as $$ select string::text $$;
create function urlencode(string bytea) returns text language sql immutable strict as $$ select ''::text $$;
create function urlencode(data jsonb) returns text language sql immutable strict as $$ select ''::text $$;
create function text_to_bytea(data text) returns bytea language sql immutable strict as $$ select convert_to(data, 'UTF8') $$;
create function bytea_to_text(data bytea) returns text language sql immutable strict as $$ select convert_from(data, 'UTF8') $$;
