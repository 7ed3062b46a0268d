import type { CatalogPart } from './catalog-part.ts';

export const foreignDataWrappers: CatalogPart<{ readonly oid: string; readonly name: string }> = {
  read: (rows, catalog) => {
    for (const { oid, name } of rows) {
      catalog.create({ class: 'pg_foreign_data_wrapper', oid }, { kind: 'foreignDataWrapper', name });
    }
  },
};
