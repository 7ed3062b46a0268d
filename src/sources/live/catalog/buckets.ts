import type { Catalog } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { readPart } from './catalog-part.ts';

interface Row {
  readonly name: string;
  readonly is_public: boolean | null;
}

const buckets: CatalogPart<Row> = {
  query: 'buckets',
  read: (rows, catalog) => {
    for (const { name, is_public } of rows) {
      catalog.builder.create({ kind: 'bucket', name, isPublic: is_public }, 'catalog');
    }
  },
};

/** Supabase's storage buckets, where there are some and the role may read them: the one table of which rows are read. */
export async function readBuckets(catalog: Catalog): Promise<void> {
  const [access] = await catalog.rows<{ readonly can_read: boolean | null }>('bucket-access');
  if (access?.can_read === true) await readPart(buckets, catalog);
}
