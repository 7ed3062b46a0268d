import type { View } from '../../../graph/entities/view.ts';
import type { ExplodedAcl } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { isOn, settings } from './settings.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly options: readonly string[] | null;
  /** Null when the view was dropped while the catalog was read. */
  readonly query: string | null;
  readonly acl: ExplodedAcl;
}

export const views: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      if (row.query === null) continue;
      const text = row.query;
      const tree = catalog.parse('', text);
      const view = catalog.create(
        { class: 'pg_class', oid: row.oid },
        {
          kind: 'view',
          name: { schema: row.schema, name: row.name },
          query: catalog.unbound(tree, text),
          securityInvoker: isOn(row.options, 'security_invoker'),
          securityBarrier: isOn(row.options, 'security_barrier'),
          checkOption: checkOption(row.options),
          owner: catalog.role(row.owner),
          acl: catalog.acl(row.acl),
        },
      );
      catalog.afterAll(() => void catalog.alter(view, { query: catalog.query(tree, text) }));
    }
  },
};

function checkOption(options: readonly string[] | null): View['checkOption'] {
  const value = settings(options).find((each) => each.name === 'check_option')?.value;
  return value === 'local' || value === 'cascaded' ? value : null;
}
