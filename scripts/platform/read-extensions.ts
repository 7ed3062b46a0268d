import type { EmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';
import { standInExtensions } from '../../src/testing/stand-in-extensions.ts';
import { type ReadExtension, readExtension } from './read-extension.ts';

/** What src/platform/extensions.json holds: every extension the embedded server has, bundled or stand-in, by name. */
export async function readExtensions(
  server: Pick<EmbeddedPostgres, 'exec' | 'query'>,
): Promise<Record<string, ReadExtension>> {
  const available = await server.query<{ name: string }>(
    `select name::text from pg_available_extensions order by name::text collate "C"`,
  );
  const partial = new Set(standInExtensions.flatMap(({ name, isPartial }) => (isPartial ? [name] : [])));
  const extensions: Record<string, ReadExtension> = {};
  for (const { name } of available) {
    const contents = await readExtension(server, name);
    extensions[name] = partial.has(name) ? { ...contents, isPartial: true } : contents;
  }
  return extensions;
}
