import { postgres } from './postgres.ts';
import { supabase } from './supabase.ts';

export type PlatformName = 'supabase' | 'postgres';

/**
 * How new tables reach the Supabase Data API: through default privileges (`legacy`, projects made before 2026-05-30) or
 * only by explicit GRANTs (`explicit-grants`). Plain Postgres knows no such difference.
 */
export type Exposure = 'legacy' | 'explicit-grants';

/** What a host of the database provides, before and beside the user's migrations. */
export interface Platform {
  readonly name: PlatformName;
  readonly exposure: Exposure;
  /** The superuser made by initdb: it exists before `bootstrapSql` runs and runs it. */
  readonly bootstrapRole: string;
  /** The role user migrations run as. */
  readonly sessionRole: string;
  /** The session's search_path, entry by entry, unquoted; `$user` stands for the session role's schema. */
  readonly searchPath: readonly string[];
  /** Schemas that belong to the platform, Postgres' own included; those with a prefix pattern see `isPlatformSchema`. */
  readonly platformSchemas: readonly string[];
  readonly platformRoles: readonly string[];
  readonly platformEventTriggers: readonly string[];
  /** Extensions whose schema the host decides, whatever CREATE EXTENSION … SCHEMA says. */
  readonly placedExtensions: readonly string[];
  /** Roles that requests from outside run as; the untrusted caller. */
  readonly clientRoles: readonly string[];
  /** Roles with BYPASSRLS, superusers included. */
  readonly rlsBypassingRoles: readonly string[];
  /** Schemas whose relations and functions the HTTP API serves when the project says nothing else. */
  readonly exposedSchemas: readonly string[];
  /** What CREATE EXTENSION can find there; null where that is the server's affair. */
  readonly offeredExtensions: readonly string[] | null;
  readonly isPlatformSchema: (schema: string) => boolean;
  readonly isPlatformRole: (role: string) => boolean;
  /** The SQL that makes the platform's objects, in the order to run it. Reads files. */
  readonly bootstrapSql: () => readonly PlatformSql[];
}

export interface PlatformSql {
  /** The file's name, for error messages. */
  readonly name: string;
  readonly text: string;
}

export function loadPlatform(name: PlatformName, exposure: Exposure = 'legacy'): Platform {
  return name === 'supabase' ? supabase(exposure) : postgres(exposure);
}
