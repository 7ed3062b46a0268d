import { afterAll, beforeAll } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/testing/embedded-postgres.ts';

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

/** A server for the tests of a file, as that platform sets it up: there once the first of them runs, gone after the last. */
export function serverForTests(platform: 'supabase' | 'postgres'): { readonly database: EmbeddedPostgres } {
  let database: EmbeddedPostgres | undefined;
  beforeAll(async () => {
    database = await startEmbeddedPostgres({ platform });
  }, 60_000);
  afterAll(() => database?.close());
  return {
    get database() {
      if (database === undefined) throw new Error('the server is there once tests run');
      return database;
    },
  };
}
