import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly relation: string;
  readonly name: string;
  readonly index: string;
  readonly operators: readonly string[];
  readonly is_deferrable: boolean;
  readonly is_deferred: boolean;
}

export const exclusionConstraints: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      const table = catalog.relation(row.relation);
      const index = catalog.find('pg_class', row.index);
      if (table === undefined || index === undefined) continue;
      const constraint = catalog.create(
        { class: 'pg_constraint', oid: row.oid },
        {
          kind: 'exclusionConstraint',
          table: table.id,
          name: row.name,
          index,
          operators: row.operators,
          isDeferrable: row.is_deferrable,
          isInitiallyDeferred: row.is_deferred,
        },
      );
      catalog.alter(catalog.graph.get('index', index), { constraint: constraint.id });
    }
  },
};
