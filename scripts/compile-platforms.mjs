// Writes each platform's objects as the replay makes them, so that a run of the command need not replay the platform's SQL.
import { rmSync, writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { compiledPlatformFile } from '../dist/src/sources/migrations/compiled-platform.js';
import { replayedPlatform } from '../dist/src/sources/migrations/prepare.js';
import { loadParser } from '../dist/src/sql/parse.js';

await loadParser();
for (const platform of ['supabase', 'postgres']) {
  for (const exposure of ['legacy', 'explicit-grants']) {
    const file = compiledPlatformFile({ name: platform, exposure });
    rmSync(file, { force: true });
    writeFileSync(file, serialize(replayedPlatform({ platform, exposure })));
  }
}
