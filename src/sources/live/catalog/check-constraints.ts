import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly relation: string | null;
  readonly domain: string | null;
  readonly name: string;
  readonly expression: string;
  readonly is_validated: boolean;
  readonly is_enforced: boolean;
  readonly no_inherit: boolean;
  readonly is_inherited: boolean;
}

/** Read last of all: nothing points at a check, and its expression may name anything. */
export const checkConstraints: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      const relation = catalog.relation(row.relation);
      const on = relation?.id ?? catalog.find('pg_type', row.domain);
      if (on === undefined) continue;
      catalog.create(
        { class: 'pg_constraint', oid: row.oid },
        {
          kind: 'checkConstraint',
          on,
          name: row.name,
          expression: catalog.expression(row.expression, relation ?? catalog.domainValue(on)),
          isValidated: row.is_validated,
          isEnforced: row.is_enforced,
          noInherit: row.no_inherit,
          isInherited: row.is_inherited,
        },
      );
    }
  },
};
