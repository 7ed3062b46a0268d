import type { CatalogClass } from './catalog-address.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly class: string;
  readonly oid: string;
  readonly part: number;
  readonly text: string;
}

/** Read before all else: each entity takes its comment when it is made. */
export const descriptions: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows)
      catalog.describe({ class: row.class as CatalogClass, oid: row.oid, part: row.part }, row.text);
  },
};
