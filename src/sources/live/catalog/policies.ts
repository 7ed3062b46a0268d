import type { PolicyCommand } from '../../../graph/entities/policy.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly relation: string;
  readonly name: string;
  readonly command: string;
  readonly is_permissive: boolean;
  readonly roles: readonly string[];
  readonly using_clause: string | null;
  readonly check_clause: string | null;
}

const COMMANDS: ReadonlyMap<string, PolicyCommand> = new Map([
  ['*', 'all'],
  ['r', 'select'],
  ['a', 'insert'],
  ['w', 'update'],
  ['d', 'delete'],
]);

export const policies: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      const table = catalog.relation(row.relation);
      if (table === undefined) continue;
      catalog.create(
        { class: 'pg_policy', oid: row.oid },
        {
          kind: 'policy',
          table: table.id,
          name: row.name,
          command: COMMANDS.get(row.command) ?? 'all',
          isPermissive: row.is_permissive,
          roles: row.roles.flatMap((oid) => catalog.grantee(oid) ?? []),
          using: row.using_clause === null ? null : catalog.expression(row.using_clause, table),
          check: row.check_clause === null ? null : catalog.expression(row.check_clause, table),
        },
      );
    }
  },
};
