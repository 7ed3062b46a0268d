import { readFileSync } from 'node:fs';
import type { Exposure, Platform, PlatformSql } from './platform.ts';
import { isSystemRole, isSystemSchema } from './postgres.ts';

/**
 * The union of what the Supabase CLI leaves out of dumps (supabase/cli, pkg/migration/dump.go InternalSchemas) and what
 * splinter, Supabase's database linter, leaves out of its checks.
 */
const PLATFORM_SCHEMAS = `_analytics _realtime _supavisor auth cron dbdev etl extensions graphql graphql_public
  information_schema net pg_catalog pg_toast pgbouncer pgmq pgroonga pgsodium pgsodium_masks pgtle realtime repack storage
  supabase_functions supabase_migrations supabase_subscription_mgmt tiger tiger_data timescaledb_experimental
  timescaledb_information topology vault`.split(/\s+/);

/** Schemas that extensions make in numbers: TimescaleDB's. */
const PLATFORM_SCHEMA_PREFIXES = ['timescaledb_', '_timescaledb_'];

const PLATFORM_ROLES = `anon authenticated authenticator dashboard_user pgbouncer pgsodium_keyholder pgsodium_keyiduser
  pgsodium_keymaker pgtle_admin postgres service_role supabase_admin supabase_auth_admin supabase_etl_admin
  supabase_functions_admin supabase_privileged_role supabase_read_only_user supabase_realtime_admin
  supabase_replication_admin supabase_storage_admin supabase_superuser`.split(/\s+/);

/** Reserved by the CLI (pkg/migration/dump.go, reservedRoles); it makes a login role cli_login_<name> per developer. */
const PLATFORM_ROLE_PREFIXES = ['supabase_', 'cli_login_'];

/** Made by the platform, or by extensions that it installs or offers. */
const PLATFORM_EVENT_TRIGGERS = `graphql_watch_ddl graphql_watch_drop issue_graphql_placeholder issue_pg_cron_access
  issue_pg_graphql_access issue_pg_net_access pg_tle_event_trigger_for_drop_function pgaudit_ddl_command_end
  pgaudit_sql_drop pgrst_ddl_watch pgrst_drop_watch pgsodium_trg_mask_update timescaledb_ddl_command_end
  timescaledb_ddl_sql_drop`.split(/\s+/);

/** What a project can install (supabase/postgres, available extensions on Postgres 15 and 17; some on 15 only). */
const OFFERED_EXTENSIONS = `address_standardizer address_standardizer_data_us amcheck autoinc bloom btree_gin btree_gist
  citext cube dblink dict_int dict_xsyn earthdistance fuzzystrmatch hstore http hypopg index_advisor insert_username intagg
  intarray isn lo ltree moddatetime pageinspect pg_buffercache pg_cron pg_freespacemap pg_graphql pg_hashids pg_jsonschema
  pg_net pg_partman pg_prewarm pg_repack pg_stat_monitor pg_stat_statements pg_surgery pg_tle pg_trgm pg_visibility
  pg_walinspect pgaudit pgcrypto pgjwt pgmq pgroonga pgroonga_database pgrouting pgrowlocks pgsodium pgstattuple pgtap
  plcoffee plls plpgsql plpgsql_check plv8 postgis postgis_raster postgis_sfcgal postgis_tiger_geocoder postgis_topology
  postgres_fdw refint rum seg sslinfo supabase_vault tablefunc tcn timescaledb tsm_system_rows tsm_system_time unaccent
  uuid-ossp vector wrappers xml2`.split(/\s+/);

const schemas = new Set(PLATFORM_SCHEMAS);
const roles = new Set(PLATFORM_ROLES);

function isPlatformSchema(schema: string): boolean {
  return (
    schemas.has(schema) ||
    isSystemSchema(schema) ||
    PLATFORM_SCHEMA_PREFIXES.some((prefix) => schema.startsWith(prefix))
  );
}

/** A Supabase project, hosted or local. */
export function supabase(exposure: Exposure): Platform {
  return {
    name: 'supabase',
    exposure,
    bootstrapRole: 'supabase_admin',
    sessionRole: 'postgres',
    searchPath: ['$user', 'public', 'extensions'],
    platformSchemas: PLATFORM_SCHEMAS,
    platformRoles: PLATFORM_ROLES,
    platformEventTriggers: PLATFORM_EVENT_TRIGGERS,
    // supautils.extensions_parameter_overrides in supabase/postgres.
    placedExtensions: ['pg_cron'],
    clientRoles: ['anon', 'authenticated'],
    rlsBypassingRoles: ['postgres', 'service_role', 'supabase_admin', 'supabase_read_only_user'],
    exposedSchemas: ['public', 'graphql_public'],
    offeredExtensions: OFFERED_EXTENSIONS,
    isPlatformSchema,
    isPlatformRole: (role) =>
      roles.has(role) || isSystemRole(role) || PLATFORM_ROLE_PREFIXES.some((prefix) => role.startsWith(prefix)),
    bootstrapSql: () => (exposure === 'legacy' ? [read('supabase.sql')] : [read('supabase.sql'), explicitGrantsSql()]),
  };
}

/** What closes new tables of `public` to the API roles. */
export function explicitGrantsSql(): PlatformSql {
  return read('supabase-explicit-grants.sql');
}

function read(name: string): PlatformSql {
  return { name, text: readFileSync(new URL(`./${name}`, import.meta.url), 'utf8') };
}
