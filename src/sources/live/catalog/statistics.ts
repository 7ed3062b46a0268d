import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly relation: string;
  readonly kinds: readonly string[];
  readonly columns: readonly string[];
  readonly expressions: readonly string[] | null;
}

/** stxkind's letters; `e` only says that there are expressions. */
const KINDS: readonly (readonly [string, string])[] = [
  ['d', 'ndistinct'],
  ['f', 'dependencies'],
  ['m', 'mcv'],
];

export const statistics: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      const relation = catalog.relation(row.relation);
      if (relation === undefined) continue;
      catalog.create(
        { class: 'pg_statistic_ext', oid: row.oid },
        {
          kind: 'statistics',
          relation: relation.id,
          name: { schema: row.schema, name: row.name },
          kinds: KINDS.filter(([letter]) => row.kinds.includes(letter)).map(([, kind]) => kind),
          columns: catalog.columns(row.relation, row.columns),
          expressions: (row.expressions ?? []).map((text) => catalog.expression(text, relation)),
        },
      );
    }
  },
};
