import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly left_type: string | null;
  readonly right_type: string | null;
  readonly function: string;
}

export const operators: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      catalog.create(
        { class: 'pg_operator', oid: row.oid },
        {
          kind: 'operator',
          name: { schema: row.schema, name: row.name },
          left: row.left_type === null ? null : catalog.type(row.left_type),
          right: row.right_type === null ? null : catalog.type(row.right_type),
          function: catalog.findOrNull('pg_proc', row.function),
        },
      );
    }
  },
};
