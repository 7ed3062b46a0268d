import { type CatalogConnection, runBatch } from './catalog-connection.ts';
import { versionedSql } from './versioned-sql.ts';

/** The rows of the queries, all fetched before the first is looked at: the transaction ends before the graph is built. */
export class CatalogRows {
  readonly #rows = new Map<string, readonly unknown[]>();

  /** @param queries names of .sql files, each once */
  async fetch(connection: CatalogConnection, queries: readonly string[], serverVersion: number): Promise<void> {
    if (queries.length === 0) return;
    const results = await runBatch(
      connection,
      queries.map((each) => versionedSql(each, serverVersion)),
    );
    queries.forEach((each, i) => void this.#rows.set(each, results[i] ?? []));
  }

  has(query: string): boolean {
    return this.#rows.has(query);
  }

  /** To be asked once for each query: rows are many, and are let go. @throws Error for one that was not fetched */
  take<Row>(query: string): readonly Row[] {
    const rows = this.#rows.get(query);
    if (rows === undefined) throw new Error(`the query ${query} was not fetched`);
    this.#rows.delete(query);
    return rows as readonly Row[];
  }
}
