import type { Catalog } from './catalog.ts';

/** What becomes of the rows of one query of the catalog. The query is in the file of the same name beside it. */
export interface CatalogPart<Row> {
  readonly read: (rows: readonly Row[], catalog: Catalog) => void;
}
