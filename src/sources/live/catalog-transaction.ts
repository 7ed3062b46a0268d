import { SourceError } from '../../errors.ts';
import { type Answer, type CatalogConnection, runBatch } from './catalog/catalog-connection.ts';

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

/** A transaction that cannot write. */
export interface ReadTransaction {
  /** server_version_num: 180004 is 18.4. */
  readonly serverVersion: number;
  /** The rows of what was asked along with its beginning. */
  readonly first: readonly Answer[];
  /**
   * Runs the last statements of the transaction and, in the same message, ends it: the locks are gone when the server is through,
   * however long the rows take to be read.
   */
  runLast(statements: readonly string[]): readonly Answer[];
}

/**
 * One transaction that cannot write, ended by ROLLBACK whatever happens. All that is set is set for it alone: through a
 * pooler the session is somebody else's in a moment.
 * @param first what is asked in the message that begins it
 */
export async function inTransaction<T>(
  connection: CatalogConnection,
  limits: CatalogLimits,
  work: (transaction: ReadTransaction) => Promise<T>,
  first: readonly string[] = [],
): Promise<T> {
  let end: Answer | undefined;
  try {
    const answers = runBatch(connection, [...beginning(limits), ...first]);
    const [server] = (await answers[answers.length - first.length - 1]) as readonly { readonly version: string }[];
    const serverVersion = Number(server?.version);
    if (serverVersion < OLDEST * 10_000) {
      throw new SourceError(
        `The server is PostgreSQL ${Math.floor(serverVersion / 10_000)}; ddlint reads catalogs from ${OLDEST} on.`,
      );
    }
    return await work({
      serverVersion,
      first: answers.slice(answers.length - first.length),
      runLast(statements) {
        const last = runBatch(connection, [...statements, 'ROLLBACK']);
        end = last.at(-1);
        return last.slice(0, -1);
      },
    });
  } finally {
    const isEnded = await end?.then(
      () => true,
      () => false,
    );
    // Where the connection is gone, so is the transaction; why it is gone has been said.
    if (isEnded !== true) await connection.query('ROLLBACK').catch(() => undefined);
  }
}

function beginning(limits: CatalogLimits): readonly string[] {
  return [
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    "SET LOCAL search_path = ''",
    "SET LOCAL application_name = 'ddlint'",
    `SET LOCAL statement_timeout = ${limits.statement}`,
    `SET LOCAL lock_timeout = ${limits.lock}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${limits.idle}`,
    // Compiling these queries takes longer than running them.
    'SET LOCAL jit = off',
    "select pg_catalog.current_setting('server_version_num') as version",
  ];
}
