import type { ExplodedAcl } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly type_oid: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly acl: ExplodedAcl;
}

export const compositeTypes: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      // Its comment and its extension are kept with the row in pg_type.
      const type = catalog.create(
        { class: 'pg_type', oid: row.type_oid },
        {
          kind: 'compositeType',
          name: { schema: row.schema, name: row.name },
          owner: catalog.role(row.owner),
          acl: catalog.acl(row.acl),
        },
      );
      catalog.alias({ class: 'pg_class', oid: row.oid }, type.id);
    }
  },
};
