import type { DefaultAclClass } from '../../../graph/entities/role.ts';
import type { ExplodedAcl } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly role: string;
  readonly schema: string | null;
  readonly objects: string;
  readonly acl: ExplodedAcl;
}

const OBJECTS: ReadonlyMap<string, DefaultAclClass> = new Map([
  ['r', 'table'],
  ['S', 'sequence'],
  ['f', 'function'],
  ['T', 'type'],
  ['n', 'schema'],
]);

export const defaultPrivileges: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      const objects = OBJECTS.get(row.objects);
      // PG 18 also knows defaults for large objects: no rule asks about those.
      if (objects === undefined) continue;
      catalog.create(
        { class: 'pg_default_acl', oid: row.oid },
        {
          kind: 'defaultPrivileges',
          role: catalog.role(row.role),
          schema: catalog.findOrNull('pg_namespace', row.schema),
          objects,
          acl: catalog.acl(row.acl),
        },
      );
    }
  },
};
