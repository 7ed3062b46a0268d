create table wrappers_fdw_stats (
  fdw_name text primary key,
  create_times bigint,
  rows_in bigint,
  rows_out bigint,
  bytes_in bigint,
  bytes_out bigint,
  metadata jsonb,
  created_at timestamptz not null default timezone('utc', now()),
  updated_at timestamptz not null default timezone('utc', now())
);
-- Handlers and validators only have to exist and to find no fault: no query runs over foreign tables of an embedded server.
create function airtable_fdw_handler() returns fdw_handler language internal strict as 'now';
create function airtable_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function auth0_fdw_handler() returns fdw_handler language internal strict as 'now';
create function auth0_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function big_query_fdw_handler() returns fdw_handler language internal strict as 'now';
create function big_query_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function click_house_fdw_handler() returns fdw_handler language internal strict as 'now';
create function click_house_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function cognito_fdw_handler() returns fdw_handler language internal strict as 'now';
create function cognito_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function firebase_fdw_handler() returns fdw_handler language internal strict as 'now';
create function firebase_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function logflare_fdw_handler() returns fdw_handler language internal strict as 'now';
create function logflare_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function mssql_fdw_handler() returns fdw_handler language internal strict as 'now';
create function mssql_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function redis_fdw_handler() returns fdw_handler language internal strict as 'now';
create function redis_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function s3_fdw_handler() returns fdw_handler language internal strict as 'now';
create function s3_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function stripe_fdw_handler() returns fdw_handler language internal strict as 'now';
create function stripe_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
create function wasm_fdw_handler() returns fdw_handler language internal strict as 'now';
create function wasm_fdw_validator(options text[], catalog oid) returns void language internal as 'array_cardinality';
