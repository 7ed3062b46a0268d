import { SourceError } from '../../errors.ts';
import { type CatalogConnection, runBatch } from './catalog/catalog-connection.ts';

/** Milliseconds after which the server itself ends what takes too long. */
export interface CatalogLimits {
  readonly statement: number;
  /** Waiting for a lock that another session holds (a migration that runs just now). */
  readonly lock: number;
  /** Between two statements, should this process be gone. */
  readonly idle: number;
}

export const CATALOG_LIMITS: CatalogLimits = { statement: 60_000, lock: 5_000, idle: 60_000 };

const OLDEST = 13;

/**
 * One transaction that cannot write, ended by ROLLBACK whatever happens. All that is set is set for it alone: through a
 * pooler the session is somebody else's in a moment.
 * @param work is given server_version_num: 180004 is 18.4
 */
export async function inTransaction<T>(
  connection: CatalogConnection,
  limits: CatalogLimits,
  work: (serverVersion: number) => Promise<T>,
): Promise<T> {
  try {
    const answers = runBatch(connection, [
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      "SET LOCAL search_path = ''",
      "SET LOCAL application_name = 'ddlint'",
      `SET LOCAL statement_timeout = ${limits.statement}`,
      `SET LOCAL lock_timeout = ${limits.lock}`,
      `SET LOCAL idle_in_transaction_session_timeout = ${limits.idle}`,
      // Compiling these queries takes longer than running them.
      'SET LOCAL jit = off',
      "select pg_catalog.current_setting('server_version_num') as version",
    ]);
    const [server] = ((await Promise.all(answers)).at(-1) ?? []) as readonly { readonly version: string }[];
    const version = Number(server?.version);
    if (version < OLDEST * 10_000) {
      throw new SourceError(
        `The server is PostgreSQL ${Math.floor(version / 10_000)}; ddlint reads catalogs from ${OLDEST} on.`,
      );
    }
    return await work(version);
  } finally {
    // Where the connection is gone, so is the transaction; why it is gone has been said.
    await connection.query('ROLLBACK').catch(() => undefined);
  }
}
