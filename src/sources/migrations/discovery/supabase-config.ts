import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { ConfigError } from '../../../errors.ts';
import { supabaseRoot } from './supabase-root.ts';

/** What of supabase/config.toml bears on the schema (supabase/cli, pkg/config), and where `supabase start` serves it. */
export interface SupabaseConfig {
  /** `[api].schemas`: the schemas the API serves; null where it says nothing. */
  readonly schemas: readonly string[] | null;
  /** `[api].extra_search_path`: where requests look for names besides the schema they are for; null where it says nothing. */
  readonly extraSearchPath: readonly string[] | null;
  /** `[api].auto_expose_new_tables`; null where it says nothing. */
  readonly autoExposeNewTables: boolean | null;
  /** `[auth].enable_signup` is false: only the server makes users. */
  readonly isSignUpOff: boolean;
  /** Anonymous, phone or wallet sign-ins are on (true), or said to be off (false); null where that is not said. */
  readonly signsUpWithoutEmail: boolean | null;
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
  const port = (parsed.db as Record<string, unknown> | undefined)?.port;
  const expose = api?.auto_expose_new_tables;
  return {
    schemas: textsOf(api?.schemas),
    extraSearchPath: textsOf(api?.extra_search_path),
    autoExposeNewTables: typeof expose === 'boolean' ? expose : null,
    isSignUpOff: tableAt(parsed, 'auth').enable_signup === false,
    signsUpWithoutEmail: signsUpWithoutEmail(tableAt(parsed, 'auth')),
    databasePort: typeof port === 'number' ? port : null,
  };
}

/** By `enable_anonymous_sign_ins`, `[auth.sms]` and `[auth.web3]`. Templates once had `[auth.sms].enable_signup = true` without a provider that sends. */
function signsUpWithoutEmail(auth: Record<string, unknown>): boolean | null {
  const sms = tableAt(auth, 'sms');
  const web3 = tableAt(auth, 'web3');
  const isOn = (group: Record<string, unknown>) =>
    Object.keys(group).some((key) => tableAt(group, key).enabled === true);
  if (auth.enable_anonymous_sign_ins === true || isOn(web3) || (sms.enable_signup === true && isOn(sms))) return true;
  return auth.enable_anonymous_sign_ins === false && sms.enable_signup === false ? false : null;
}

function textsOf(value: unknown): readonly string[] | null {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : null;
}

function tableAt(parent: Record<string, unknown>, key: string): Record<string, unknown> {
  const found = parent[key];
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
}
