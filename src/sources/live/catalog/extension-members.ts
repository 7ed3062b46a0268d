import type { CatalogClass } from './catalog-address.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly class: string;
  readonly oid: string;
  readonly extension: string;
}

/** Read before the objects themselves, which take from it what extension they belong to. */
export const extensionMembers: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) catalog.belongs({ class: row.class as CatalogClass, oid: row.oid }, row.extension);
  },
};
