import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The `supabase` folder (the one with config.toml) of the project that `place` is in, where there is one. */
export function supabaseRoot(place: string): string | undefined {
  const candidates = [place, dirname(place), dirname(dirname(place)), join(place, 'supabase')];
  return candidates.find((each) => hasConfig(each) && isSupabaseFolder(each));
}

/** Is it the folder that the Supabase CLI calls `supabase`? What lies in it beside the migrations (seed.sql, snippets) is none. */
export function isSupabaseFolder(folder: string): boolean {
  return basename(folder) === 'supabase' || (hasConfig(folder) && existsSync(join(folder, 'migrations')));
}

function hasConfig(folder: string): boolean {
  return existsSync(join(folder, 'config.toml'));
}
