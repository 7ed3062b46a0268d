/**
 * Writes src/platform/system-catalog.json and src/platform/extensions.json from the catalog of the embedded Postgres. Run
 * again after an upgrade of PGlite and after a change of a stand-in extension; a test compares them with the server.
 */
import { writeFileSync } from 'node:fs';
import { startEmbeddedPostgres } from '../src/testing/embedded-postgres.ts';
import { readExtensions } from './platform/read-extensions.ts';
import { readSystemCatalog } from './platform/read-system-catalog.ts';
import { spellJson } from './platform/spell-json.ts';

const server = await startEmbeddedPostgres({ platform: 'postgres' });
writeFileSync('src/platform/system-catalog.json', spellJson(await readSystemCatalog(server)));
writeFileSync('src/platform/extensions.json', spellJson(await readExtensions(server)));
await server.close();
