import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly method: string;
  readonly type: string;
  readonly is_default: boolean;
}

export const operatorClasses: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      catalog.create(
        { class: 'pg_opclass', oid: row.oid },
        {
          kind: 'operatorClass',
          name: { schema: row.schema, name: row.name },
          method: row.method,
          type: catalog.type(row.type),
          isDefault: row.is_default,
        },
      );
    }
  },
};
