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

/** Made by the platform or by extensions on it; splinter and the CLI pass over the same names. */
const PLATFORM_EVENT_TRIGGERS = `graphql_watch_ddl graphql_watch_drop issue_graphql_placeholder issue_pg_cron_access
  issue_pg_graphql_access issue_pg_net_access pg_tle_event_trigger_for_drop_function pgaudit_ddl_command_end
  pgaudit_sql_drop pgrst_ddl_watch pgrst_drop_watch pgsodium_trg_mask_update timescaledb_ddl_command_end
  timescaledb_ddl_sql_drop`.split(/\s+/);

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
    clientRoles: ['anon', 'authenticated'],
    rlsBypassingRoles: ['postgres', 'service_role', 'supabase_admin', 'supabase_read_only_user'],
    exposedSchemas: ['public', 'graphql_public'],
    isPlatformSchema,
    // The CLI makes a login role per developer, cli_login_<name>.
    isPlatformRole: (role) => roles.has(role) || isSystemRole(role) || role.startsWith('cli_login_'),
    bootstrapSql: () =>
      exposure === 'legacy' ? [read('supabase.sql')] : [read('supabase.sql'), read('supabase-explicit-grants.sql')],
  };
}

function read(name: string): PlatformSql {
  return { name, text: readFileSync(new URL(`./${name}`, import.meta.url), 'utf8') };
}
