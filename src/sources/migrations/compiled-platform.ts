import { existsSync, readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import type { SchemaContents } from '../../graph/schema-builder.ts';
import type { Platform } from '../../platform/platform.ts';

/** The file that the build writes for a platform (scripts/compile-platforms.mjs), beside this module. */
export function compiledPlatformFile(platform: Pick<Platform, 'name' | 'exposure'>): URL {
  return new URL(`./${platform.name}-${platform.exposure}.platform`, import.meta.url);
}

/** What the platform consists of. The replay, which is most of the program, is loaded only where the build left nothing. */
export async function platformContents(platform: Platform): Promise<SchemaContents> {
  return (
    compiledPlatform(platform) ??
    (await import('./prepare.ts')).replayedPlatform({
      platform: platform.name,
      exposure: platform.exposure,
    })
  );
}

/**
 * The platform's objects as the build left them: replaying its SQL would take longer than many a project. Undefined where
 * there is no such file (the source tree) or where a newer Node wrote it: the SQL is replayed then.
 */
export function compiledPlatform(platform: Platform): SchemaContents | undefined {
  const file = compiledPlatformFile(platform);
  if (!existsSync(file)) return undefined;
  try {
    return deserialize(readFileSync(file)) as SchemaContents;
  } catch {
    return undefined;
  }
}
