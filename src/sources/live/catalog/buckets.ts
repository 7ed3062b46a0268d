import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly name: string;
  readonly is_public: boolean | null;
}

/** Supabase's storage buckets: rows of a table, and so only where the role may read it. */
export const buckets: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const { name, is_public } of rows) {
      catalog.builder.create({ kind: 'bucket', name, isPublic: is_public }, 'catalog');
    }
  },
};
