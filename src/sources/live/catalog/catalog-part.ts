import type { Catalog } from './catalog.ts';
import type { CatalogRows } from './catalog-rows.ts';

/** One query of the catalog and what becomes of its rows. The query is in the file of the same name beside it. */
export interface CatalogPart<Row> {
  /** The name of the .sql file. */
  readonly query: string;
  readonly read: (rows: readonly Row[], catalog: Catalog) => void;
}

/** Runs a part whose rows its own type describes. */
export async function readPart<Row>(part: CatalogPart<Row>, rows: CatalogRows, catalog: Catalog): Promise<void> {
  part.read(await rows.take<Row>(part.query), catalog);
}
