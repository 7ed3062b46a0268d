/** A session on a database, as the catalog reader uses it: `pg` and embedded Postgres both fit. */
export interface CatalogConnection {
  /**
   * Runs one statement. Rows are objects by column name; int2, int4, float8, bool and text come as numbers, booleans and
   * strings, text[] as arrays of strings, json parsed. The queries return nothing else.
   */
  query<Row>(sql: string): Promise<readonly Row[]>;
  /** Runs statements one after another in one round trip, where the connection can: the rows of each. */
  batch?(statements: readonly string[]): Promise<readonly (readonly unknown[])[]>;
}

export async function runBatch(
  connection: CatalogConnection,
  statements: readonly string[],
): Promise<readonly (readonly unknown[])[]> {
  if (connection.batch) return connection.batch(statements);
  const results: (readonly unknown[])[] = [];
  for (const each of statements) results.push(await connection.query(each));
  return results;
}
