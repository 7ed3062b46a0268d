import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { replayedPlatform } from '../../src/sources/migrations/prepare.ts';
import { loadParser } from '../../src/sql/parse.ts';

describe.each(['supabase', 'postgres'] as const)('the compiled platform %s', (platform) => {
  test.each(['legacy', 'explicit-grants'] as const)('is what its SQL makes, for exposure %s', async (exposure) => {
    await loadParser();
    const file = new URL(`../../dist/src/sources/migrations/${platform}-${exposure}.platform`, import.meta.url);
    expect(deserialize(readFileSync(file))).toEqual(replayedPlatform({ platform, exposure }));
  });
});
