import type { Answer } from './catalog-connection.ts';

/** Rows of one kind beyond which all others are fetched first: the locks of the transaction are not to wait for us. */
const MANY = 20_000;

/** The rows of the queries: the server goes on with the next while one's rows are looked at. */
export class CatalogRows {
  readonly #answers: Map<string, Answer>;
  /** Milliseconds of waiting so far. */
  waited = 0;

  /** @param queries their names, each once, and what is to come of each */
  constructor(queries: readonly string[], answers: readonly Answer[]) {
    this.#answers = new Map(answers.map((answer, i) => [queries[i] ?? '', answer]));
  }

  has(query: string): boolean {
    return this.#answers.has(query);
  }

  /** To be called once for each query: rows are many, and are let go. @throws Error for one that was not asked */
  async take<Row>(query: string): Promise<readonly Row[]> {
    const answer = this.#answers.get(query);
    if (answer === undefined) throw new Error(`the query ${query} was not asked`);
    this.#answers.delete(query);
    const rows = await this.#waitFor(answer);
    // So many take a while to be looked at, and the server could not hand over the next.
    if (rows.length > MANY) await this.#waitFor(Promise.all(this.#answers.values()));
    return rows as readonly Row[];
  }

  async #waitFor<T>(answer: Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await answer;
    } finally {
      this.waited += performance.now() - started;
    }
  }
}
