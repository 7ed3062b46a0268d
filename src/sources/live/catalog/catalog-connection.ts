/** A session on a database, as the catalog reader uses it: `pg` and embedded Postgres both fit. */
export interface CatalogConnection {
  /**
   * Runs one statement. Rows are objects by column name; int2, int4, float8, bool and text come as numbers, booleans and
   * strings, text[] as arrays of strings, json parsed. The queries return nothing else.
   */
  query<Row>(sql: string): Promise<readonly Row[]>;
  /** Runs statements one after another in one round trip, where the connection can: see `runBatch`. */
  batch?(statements: readonly string[]): readonly Answer[];
}

/** The rows of a statement; a rejection that nobody waits for ends nothing. */
export type Answer = Promise<readonly unknown[]>;

/**
 * Runs statements one after another. The rows of each are there as soon as the server is through with it, whatever comes
 * after; when one fails, so do those that follow.
 */
export function runBatch(connection: CatalogConnection, statements: readonly string[]): readonly Answer[] {
  if (connection.batch) return connection.batch(statements);
  let before: Promise<unknown> = Promise.resolve();
  return statements.map((sql) => {
    const answer: Answer = before.then(() => connection.query(sql));
    answer.catch(() => undefined);
    before = answer;
    return answer;
  });
}
