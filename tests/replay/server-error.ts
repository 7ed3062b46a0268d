import type { EmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';

export interface ServerError {
  readonly message: string;
  /** SQLSTATE. */
  readonly code: string;
}

/** The error at which SQL ends on a server, after a setup that runs; null where the server runs it. Nothing of either is left. */
export async function serverError(database: EmbeddedPostgres, setup: string, sql: string): Promise<ServerError | null> {
  await database.exec('begin');
  try {
    await database.exec(setup);
    await database.exec(sql);
    return null;
  } catch (error) {
    return error as ServerError;
  } finally {
    await database.exec('rollback');
  }
}
