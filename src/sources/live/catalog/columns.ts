import { type Catalog, type ExplodedAcl, nameOrNull } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { typeModifiers } from './type-modifiers.ts';

interface Row {
  readonly relation: string;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly type_text: string;
  readonly modifier: number;
  readonly not_null: boolean;
  readonly not_null_name: string | null;
  readonly default_value: string | null;
  readonly identity: string;
  readonly generated: string;
  readonly collation: string | null;
  readonly collation_schema: string | null;
  readonly is_inherited: boolean;
  readonly acl: ExplodedAcl;
}

export const columns: CatalogPart<Row> = {
  read: (rows, catalog) => {
    let relation = '';
    let position = 0;
    for (const row of rows) {
      position = row.relation === relation ? position + 1 : 1;
      relation = row.relation;
      createColumn(row, position, catalog);
    }
  },
};

function createColumn(row: Row, position: number, catalog: Catalog): void {
  const relation = catalog.relation(row.relation);
  if (relation === undefined) return;
  const column = catalog.create(
    { class: 'pg_class', oid: row.relation, part: row.number },
    {
      kind: 'column',
      relation: relation.id,
      name: row.name,
      position,
      type:
        row.modifier === -1
          ? catalog.type(row.type)
          : { ...catalog.type(row.type), modifiers: typeModifiers(row.type_text) },
      notNull: row.not_null,
      notNullName: row.not_null_name,
      default: null,
      identity: row.identity === 'a' ? 'always' : row.identity === 'd' ? 'byDefault' : null,
      generated: null,
      collation: nameOrNull(row.collation_schema, row.collation),
      isInherited: row.is_inherited,
      acl: catalog.acl(row.acl),
    },
  );
  const text = row.default_value;
  if (text === null) return;
  catalog.afterAll(() => {
    if (row.generated === '') catalog.alter(column, { default: catalog.expression(text) });
    else
      catalog.alter(column, {
        generated: { expression: catalog.expression(text, relation), stored: row.generated === 's' },
      });
  });
}
