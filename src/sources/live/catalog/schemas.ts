import type { ExplodedAcl } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly name: string;
  readonly owner: string;
  readonly acl: ExplodedAcl;
}

export const schemas: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const { oid, name, owner, acl } of rows) {
      catalog.create(
        { class: 'pg_namespace', oid },
        { kind: 'schema', name, owner: catalog.role(owner), acl: catalog.acl(acl) },
      );
    }
  },
};
