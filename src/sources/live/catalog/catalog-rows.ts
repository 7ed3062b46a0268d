import { type Answer, type CatalogConnection, runBatch } from './catalog-connection.ts';
import { versionedSql } from './versioned-sql.ts';

/** The rows of the queries: the server goes on with the next while one's rows are looked at. */
export class CatalogRows {
  readonly #answers = new Map<string, Answer>();
  /** Milliseconds of waiting so far. */
  waited = 0;

  /** @param queries names of .sql files, each once */
  ask(connection: CatalogConnection, queries: readonly string[], serverVersion: number): void {
    if (queries.length === 0) return;
    const answers = runBatch(
      connection,
      queries.map((each) => versionedSql(each, serverVersion)),
    );
    for (const [i, answer] of answers.entries()) this.#answers.set(queries[i] ?? '', answer);
  }

  has(query: string): boolean {
    return this.#answers.has(query);
  }

  /** To be called once for each query: rows are many, and are let go. @throws Error for one that was not asked */
  async take<Row>(query: string): Promise<readonly Row[]> {
    const answer = this.#answers.get(query);
    if (answer === undefined) throw new Error(`the query ${query} was not asked`);
    this.#answers.delete(query);
    const started = performance.now();
    const rows = await answer;
    this.waited += performance.now() - started;
    return rows as readonly Row[];
  }
}
