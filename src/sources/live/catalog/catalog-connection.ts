/** A session on a database, as the catalog reader uses it: `pg` and embedded Postgres both fit. */
export interface CatalogConnection {
  /**
   * Runs one statement. Rows are objects by column name; int2, int4, float8, bool and text come as numbers, booleans and strings,
   * text[] as arrays of strings, json parsed. The queries return nothing else.
   */
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}
