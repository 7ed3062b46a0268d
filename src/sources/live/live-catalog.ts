// Loaded before the rules and the graph: the server works while they are.
import { SourceError } from '../../errors.ts';
import { CATALOG_LIMITS, type CatalogLimits } from './catalog-transaction.ts';
import { connect } from './connection/connect.ts';
import { type ConnectionTarget, connectionTarget, secretsOf } from './connection/connection-target.ts';
import { redact } from './connection/redact.ts';
import { readWholeCatalog, type WholeCatalog } from './whole-catalog.ts';

/** How a database is asked. */
export interface LiveDatabase {
  /** postgresql://user:password@host:port/database?sslmode=… */
  readonly url: string;
  /** Milliseconds for connecting, and for each query. Default: ten seconds and a minute. */
  readonly timeout?: number;
  /** Cancels what the server is doing, and the reading. */
  readonly signal?: AbortSignal;
}

/** A catalog that was read over a connection. */
export interface LiveCatalog extends WholeCatalog {
  /** About the connection, a sentence each. */
  readonly notes: readonly string[];
  /** Milliseconds. */
  readonly connecting: number;
}

/**
 * Begins to read a catalog, while it is still being found out how to look at it. What goes wrong is told to who waits for it.
 * @throws ConfigError for a URL that cannot be read
 */
export function beginLive(database: LiveDatabase): Promise<LiveCatalog> {
  const catalog = readOver(connectionTarget(database.url), database, false);
  catalog.catch(() => undefined);
  return catalog;
}

const CONNECT_TIMEOUT = 10_000;

/** The catalog over a connection of its own. @throws SourceError */
export async function readOver(
  target: ConnectionTarget,
  { timeout, signal }: LiveDatabase,
  history: boolean,
): Promise<LiveCatalog> {
  try {
    const started = performance.now();
    const connection = await connect(target, { timeout: timeout ?? CONNECT_TIMEOUT, ...(signal ? { signal } : {}) });
    const connecting = performance.now() - started;
    const limits: CatalogLimits = timeout === undefined ? CATALOG_LIMITS : { ...CATALOG_LIMITS, statement: timeout };
    try {
      const catalog = await readWholeCatalog(connection, { history, limits });
      return { ...catalog, notes: connection.notes, connecting };
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw withoutSecrets(error, target);
  }
}

/** A server's own words may repeat what it was told. */
function withoutSecrets(error: unknown, target: ConnectionTarget): unknown {
  if (!(error instanceof SourceError)) return error;
  return new SourceError(redact(error.message, secretsOf(target)), { cause: error.cause });
}
