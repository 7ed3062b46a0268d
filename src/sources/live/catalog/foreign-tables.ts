import type { Catalog, ExplodedAcl } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { settings } from './settings.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly server: string;
  readonly options: readonly string[] | null;
  readonly acl: ExplodedAcl;
}

export const foreignTables: CatalogPart<Row> = {
  read: (rows, catalog: Catalog) => {
    for (const row of rows) {
      catalog.create(
        { class: 'pg_class', oid: row.oid },
        {
          kind: 'foreignTable',
          name: { schema: row.schema, name: row.name },
          server: catalog.findOrNull('pg_foreign_server', row.server),
          options: settings(row.options),
          owner: catalog.role(row.owner),
          acl: catalog.acl(row.acl),
        },
      );
    }
  },
};
