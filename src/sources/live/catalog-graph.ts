import { SchemaBuilder } from '../../graph/schema-builder.ts';
import type { SchemaGraph } from '../../graph/schema-graph.ts';
import { loadParser } from '../../sql/parse.ts';
import { buckets } from './catalog/buckets.ts';
import { Catalog } from './catalog/catalog.ts';
import { PARTS } from './catalog/catalog-parts.ts';
import { OBJECT_QUERIES } from './catalog/catalog-queries.ts';
import type { CatalogRows } from './catalog/catalog-rows.ts';
import { readCounters } from './catalog/counters.ts';
import { doubtUnreadable } from './catalog/unreadable.ts';

/** A graph that is made from the rows of a catalog while they come. */
export class CatalogGraph {
  readonly builder = new SchemaBuilder();
  readonly #catalog = new Catalog(this.builder);

  get graph(): SchemaGraph {
    return this.builder.graph;
  }

  /** Takes all rows that have to do with the schema. */
  async read(rows: CatalogRows): Promise<void> {
    await loadParser();
    for (const query of OBJECT_QUERIES) PARTS[query].read(await rows.take<never>(query), this.#catalog);
    await readCounters(rows, this.#catalog);
    if (rows.has('buckets')) buckets.read(await rows.take('buckets'), this.#catalog);
  }

  /** What needs every kind to be there. */
  finish(): void {
    this.#catalog.runLater();
    doubtUnreadable(this.#catalog);
  }
}
