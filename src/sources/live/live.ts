import type { PlatformName } from '../../platform/platform.ts';
import type { MigrationsOptions } from '../migrations/migrations.ts';
import type { Reading, Source } from '../source.ts';
import { type ConnectionTarget, connectionTarget, shownTarget } from './connection/connection-target.ts';
import { historyNotes } from './history-notes.ts';
import { type LiveCatalog, type LiveDatabase, readOver } from './live-catalog.ts';
import { placeByMigrations } from './place-by-migrations.ts';
import { viewDatabase } from './read-database.ts';

export interface LiveOptions extends LiveDatabase {
  readonly platform: PlatformName | 'auto';
  /** Overrides what the database itself says. */
  readonly exposedSchemas?: readonly string[];
  /** The files that made the database: what they made is found at their lines. */
  readonly migrations?: MigrationsOptions;
  /** Its catalog, where the reading has begun. */
  readonly begun?: Promise<LiveCatalog>;
}

/**
 * The catalog of a running database, through `pg`.
 * @throws ConfigError for a URL that cannot be read; it is never part of the message
 */
export function live(options: LiveOptions): Source {
  const target = connectionTarget(options.url);
  return { name: shownTarget(target), read: () => readLive(target, options) };
}

/** The replay is most of the program, and loaded only for them. */
async function readMigrations(options: MigrationsOptions): Promise<Reading> {
  const { migrations } = await import('../migrations/migrations.ts');
  return migrations(options).read();
}

async function readLive(target: ConnectionTarget, options: LiveOptions): Promise<Reading> {
  // What is wrong with the files is said before anybody is asked for anything.
  const replayed = options.migrations && (await readMigrations(options.migrations));
  const catalog = await (options.begun ?? readOver(target, options, replayed !== undefined));
  const viewed = await viewDatabase(catalog, options);
  const database = {
    ...viewed,
    notes: [...catalog.notes, ...viewed.notes],
    phases: [{ what: 'connecting', milliseconds: catalog.connecting }, ...(viewed.phases ?? [])],
  };
  if (replayed === undefined) return database;
  placeByMigrations(database.builder, replayed.graph, database.serverMajor);
  return {
    ...database,
    migrations: replayed.migrations,
    texts: replayed.texts,
    counts: replayed.counts,
    migrationTool: replayed.migrationTool,
    notes: [
      ...replayed.notes,
      ...database.notes,
      ...(database.applied ? historyNotes(database.applied, replayed) : []),
    ],
  };
}
