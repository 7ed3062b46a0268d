import type { Config } from '../config/resolve.ts';
import { type LiveOptions, live } from '../sources/live/live.ts';
import type { MigrationsOptions } from '../sources/migrations/migrations.ts';
import type { Source } from '../sources/source.ts';
import { type BegunReading, milliseconds, named } from './begun-reading.ts';
import type { DatabaseUrl } from './database-url.ts';
import type { Io } from './io.ts';

/** What the arguments say of a database besides where it is. */
export interface DatabaseArguments {
  readonly platform: 'supabase' | 'postgres' | 'auto' | undefined;
  /** Seconds. */
  readonly timeout: number | undefined;
  readonly quiet: boolean;
  /** The files that made it, where they are known. */
  readonly migrations?: MigrationsOptions;
}

/** A running database; Ctrl-C ends its reading in good order. */
export function databaseSource(
  database: DatabaseUrl,
  options: DatabaseArguments,
  config: Config,
  io: Io,
  begun?: BegunReading,
): Source {
  const { exposedSchemas } = config;
  const asked: LiveOptions = {
    url: database.url,
    platform: options.platform ?? config.platform,
    ...(exposedSchemas ? { exposedSchemas } : {}),
    ...milliseconds(options.timeout),
    ...(options.migrations ? { migrations: options.migrations } : {}),
    ...(begun ? { begun: begun.catalog } : {}),
  };
  const source = named(database.from, () => live(asked));
  const { name } = source;
  if (!options.quiet) io.note(`Reading the catalog of ${name} (${database.from}).`);
  if (begun !== undefined) return source;
  return { name, read: () => io.interruptible((signal) => live({ ...asked, signal }).read()) };
}
