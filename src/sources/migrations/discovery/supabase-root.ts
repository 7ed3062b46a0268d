import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The `supabase` folder (the one with config.toml) of the project that `place` is in, where there is one. */
export function supabaseRoot(place: string): string | undefined {
  const candidates = [place, dirname(place), dirname(dirname(place)), join(place, 'supabase')];
  return candidates.find(
    (each) =>
      existsSync(join(each, 'config.toml')) && (basename(each) === 'supabase' || existsSync(join(each, 'migrations'))),
  );
}
