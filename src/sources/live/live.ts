import { SourceError } from '../../errors.ts';
import type { PlatformName } from '../../platform/platform.ts';
import { type MigrationsOptions, migrations } from '../migrations/migrations.ts';
import type { Reading, Source } from '../source.ts';
import type { CatalogLimits } from './catalog-transaction.ts';
import { CATALOG_LIMITS } from './catalog-transaction.ts';
import { connect } from './connection/connect.ts';
import { type ConnectionTarget, connectionTarget, secretsOf, shownTarget } from './connection/connection-target.ts';
import { redact } from './connection/redact.ts';
import { historyNotes } from './history-notes.ts';
import { placeByMigrations } from './place-by-migrations.ts';
import { type DatabaseReading, readDatabase } from './read-database.ts';

export interface LiveOptions {
  /** postgresql://user:password@host:port/database?sslmode=… */
  readonly url: string;
  readonly platform: PlatformName | 'auto';
  /** Overrides what the database itself says. */
  readonly exposedSchemas?: readonly string[];
  /** The files that made the database: what they made is found at their lines. */
  readonly migrations?: MigrationsOptions;
  /** Milliseconds for connecting, and for each query. Default: ten seconds and a minute. */
  readonly timeout?: number;
  /** Cancels what the server is doing, and the reading. */
  readonly signal?: AbortSignal;
}

/**
 * The catalog of a running database, through `pg`.
 * @throws ConfigError for a URL that cannot be read; it is never part of the message
 */
export function live(options: LiveOptions): Source {
  const target = connectionTarget(options.url);
  return { name: shownTarget(target), read: () => readLive(target, options) };
}

const CONNECT_TIMEOUT = 10_000;

async function readLive(target: ConnectionTarget, options: LiveOptions): Promise<Reading> {
  // What is wrong with the files is said before anybody is asked for anything.
  const replayed = options.migrations && (await migrations(options.migrations).read());
  const database = await readOver(target, options, replayed !== undefined).catch((error: unknown) => {
    throw withoutSecrets(error, target);
  });
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

async function readOver(
  target: ConnectionTarget,
  { platform, exposedSchemas, timeout, signal }: LiveOptions,
  history: boolean,
): Promise<DatabaseReading> {
  const started = performance.now();
  const connection = await connect(target, { timeout: timeout ?? CONNECT_TIMEOUT, ...(signal ? { signal } : {}) });
  const connecting = { what: 'connecting', milliseconds: performance.now() - started };
  const limits: CatalogLimits = timeout === undefined ? CATALOG_LIMITS : { ...CATALOG_LIMITS, statement: timeout };
  try {
    const reading = await readDatabase(connection, {
      platform,
      history,
      limits,
      ...(exposedSchemas ? { exposedSchemas } : {}),
    });
    return {
      ...reading,
      notes: [...connection.notes, ...reading.notes],
      phases: [connecting, ...(reading.phases ?? [])],
    };
  } finally {
    await connection.close();
  }
}

/** A server's own words may repeat what it was told. */
function withoutSecrets(error: unknown, target: ConnectionTarget): unknown {
  if (!(error instanceof SourceError)) return error;
  return new SourceError(redact(error.message, secretsOf(target)), { cause: error.cause });
}
