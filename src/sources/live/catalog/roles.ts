import type { Membership } from '../../../graph/entities/role.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { CatalogPart } from './catalog-part.ts';
import { settings } from './settings.ts';

interface Row {
  readonly oid: string;
  readonly name: string;
  readonly is_superuser: boolean;
  readonly inherits: boolean;
  readonly can_login: boolean;
  readonly creates_roles: boolean;
  readonly creates_databases: boolean;
  readonly replication: boolean;
  readonly bypasses_row_security: boolean;
  readonly config: readonly string[] | null;
  /** Role, admin, inherit, set. */
  readonly memberships: readonly (readonly [string, boolean, boolean, boolean])[] | null;
}

export const roles: CatalogPart<Row> = {
  read: (rows, catalog) => {
    const made = rows.map((row) => ({
      row,
      role: catalog.create(
        { class: 'pg_authid', oid: row.oid },
        {
          kind: 'role',
          name: row.name,
          isSuperuser: row.is_superuser,
          inherits: row.inherits,
          canLogin: row.can_login,
          createsRoles: row.creates_roles,
          createsDatabases: row.creates_databases,
          replication: row.replication,
          bypassesRowSecurity: row.bypasses_row_security,
          memberOf: [],
          config: settings(row.config),
        },
      ),
    }));
    for (const { row, role } of made) {
      const memberOf = memberships(row, (oid) => catalog.role(oid));
      if (memberOf.length > 0) catalog.alter(role, { memberOf });
    }
  },
};

/** One for each role: what several grantors gave (PG 16) counts together. */
function memberships(row: Row, role: (oid: string) => EntityId): readonly Membership[] {
  const found = new Map<EntityId, Membership>();
  for (const [oid, admin, inherit, set] of row.memberships ?? []) {
    const id = role(oid);
    const before = found.get(id);
    found.set(id, {
      role: id,
      admin: admin || before?.admin === true,
      inherit: inherit || before?.inherit === true,
      set: set || before?.set === true,
    });
  }
  return [...found.values()];
}
