import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { ConfigError } from '../../../errors.ts';
import { supabaseRoot } from './supabase-root.ts';

/** What of supabase/config.toml bears on the schema (supabase/cli, pkg/config), and where `supabase start` serves it. */
export interface SupabaseConfig {
  /** `[api].schemas`: the schemas the API serves; null where it says nothing. */
  readonly schemas: readonly string[] | null;
  /** `[api].auto_expose_new_tables`; null where it says nothing. */
  readonly autoExposeNewTables: boolean | null;
  /** `[auth].enable_signup` is false: only the server makes users. */
  readonly isSignUpOff: boolean;
  /** `[db].port`; null where it says nothing. */
  readonly databasePort: number | null;
}

/** The project's config.toml, or null when `place` is in no Supabase project. @throws ConfigError when it is no TOML. */
export function readSupabaseConfig(place: string): SupabaseConfig | null {
  const root = supabaseRoot(place);
  if (root === undefined) return null;
  const path = join(root, 'config.toml');
  let parsed: Record<string, unknown>;
  try {
    parsed = parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`supabase/config.toml cannot be read: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
  const api = parsed.api as Record<string, unknown> | undefined;
  const schemas = Array.isArray(api?.schemas)
    ? api.schemas.filter((each): each is string => typeof each === 'string')
    : null;
  const port = (parsed.db as Record<string, unknown> | undefined)?.port;
  const expose = api?.auto_expose_new_tables;
  return {
    schemas,
    autoExposeNewTables: typeof expose === 'boolean' ? expose : null,
    isSignUpOff: (parsed.auth as Record<string, unknown> | undefined)?.enable_signup === false,
    databasePort: typeof port === 'number' ? port : null,
  };
}
