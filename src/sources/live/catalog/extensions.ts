import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly name: string;
  readonly schema: string;
}

export const extensions: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const { oid, name, schema } of rows) {
      catalog.create(
        { class: 'pg_extension', oid },
        { kind: 'extension', name, schema: catalog.findOrNull('pg_namespace', schema) },
      );
    }
  },
};
