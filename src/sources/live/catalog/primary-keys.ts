import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly relation: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly index: string;
  readonly is_deferrable: boolean;
  readonly is_deferred: boolean;
}

export const primaryKeys: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      const table = catalog.relation(row.relation);
      const index = catalog.find('pg_class', row.index);
      if (table === undefined || index === undefined) continue;
      const key = catalog.create(
        { class: 'pg_constraint', oid: row.oid },
        {
          kind: 'primaryKey',
          table: table.id,
          name: row.name,
          columns: catalog.columns(row.relation, row.columns),
          index,
          isDeferrable: row.is_deferrable,
          isInitiallyDeferred: row.is_deferred,
        },
      );
      catalog.alter(catalog.graph.get('index', index), { constraint: key.id });
    }
  },
};
