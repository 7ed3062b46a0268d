import type { ExplodedAcl } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { settings } from './settings.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly options: readonly string[] | null;
  readonly is_populated: boolean;
  /** Null when the view was dropped while the catalog was read. */
  readonly query: string | null;
  readonly acl: ExplodedAcl;
}

export const materializedViews: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      if (row.query === null) continue;
      const text = row.query;
      const tree = catalog.parse('', text);
      const view = catalog.create(
        { class: 'pg_class', oid: row.oid },
        {
          kind: 'materializedView',
          name: { schema: row.schema, name: row.name },
          query: catalog.unbound(tree, text),
          isPopulated: row.is_populated,
          options: settings(row.options),
          owner: catalog.role(row.owner),
          acl: catalog.acl(row.acl),
        },
      );
      catalog.afterAll(() => void catalog.alter(view, { query: catalog.query(tree, text) }));
    }
  },
};
