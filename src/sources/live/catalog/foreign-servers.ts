import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly name: string;
  readonly wrapper: string;
}

export const foreignServers: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const { oid, name, wrapper } of rows) {
      catalog.create(
        { class: 'pg_foreign_server', oid },
        { kind: 'foreignServer', name, wrapper: catalog.findOrNull('pg_foreign_data_wrapper', wrapper) },
      );
    }
  },
};
