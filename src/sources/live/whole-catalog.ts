import { SourceError } from '../../errors.ts';
import { display } from '../../sql/name.ts';
import type { CatalogConnection } from './catalog/catalog-connection.ts';
import { versionedSql } from './catalog/versioned-sql.ts';
import { CATALOG_LIMITS, type CatalogLimits, inTransaction } from './catalog-transaction.ts';
import { failureCode, isFromChange } from './connection/connection-failure.ts';
import { type CatalogOptions, type CatalogReading, readCatalog } from './read-catalog.ts';

/** A catalog, and how long that took. */
export interface WholeCatalog extends CatalogReading {
  readonly milliseconds: number;
}

/** The catalog, once more if somebody changes it meanwhile. @throws SourceError that names who holds a lock on it */
export async function readWholeCatalog(connection: CatalogConnection, options: CatalogOptions): Promise<WholeCatalog> {
  const started = performance.now();
  const read = await readSteady(connection, options).catch(async (error: unknown) => {
    throw failureCode(error) === '55P03' ? await withLockHolders(error, connection, options.limits) : error;
  });
  return { ...read, milliseconds: performance.now() - started };
}

const ATTEMPTS = 3;

/**
 * The rows are of one snapshot, but what pg_get_expr and its like print is of the moment: they fail for what another session
 * drops meanwhile. A migration is over soon.
 */
async function readSteady(connection: CatalogConnection, options: CatalogOptions): Promise<CatalogReading> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readCatalog(connection, options);
    } catch (error) {
      if (attempt === ATTEMPTS || !isFromChange(error)) throw error;
    }
  }
}

interface LockHolder {
  readonly pid: number;
  readonly schema: string;
  readonly name: string;
}

/** Whose lock it was, if it is still held. */
async function withLockHolders(
  failure: unknown,
  connection: CatalogConnection,
  limits: CatalogLimits = CATALOG_LIMITS,
): Promise<unknown> {
  const holders = await inTransaction(
    connection,
    limits,
    async ({ serverVersion, runLast }) =>
      (await runLast([versionedSql('lock-holders', serverVersion)])[0]) as readonly LockHolder[],
  ).catch(() => []);
  const sentences = holders.map(({ pid, ...name }) => ` Session ${pid} holds ${display(name)}.`);
  return new SourceError(`${(failure as Error).message}${sentences.join('')}`, { cause: failure });
}
