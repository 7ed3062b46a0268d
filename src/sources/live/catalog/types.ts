import type { Domain } from '../../../graph/entities/types.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { TypeRef } from '../../../graph/types/type-ref.ts';
import { type Catalog, type ExplodedAcl, nameOrNull } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { typeModifiers } from './type-modifiers.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly type_kind: string;
  readonly owner: string;
  readonly is_system: boolean;
  readonly element: string | null;
  readonly relation: string | null;
  readonly is_defined: boolean;
  readonly base: string | null;
  readonly base_text: string | null;
  readonly base_modifier: number;
  readonly not_null: boolean;
  readonly default_value: string | null;
  readonly collation: string | null;
  readonly collation_schema: string | null;
  readonly labels: readonly string[] | null;
  readonly subtype: string | null;
  readonly multirange: string | null;
  readonly acl: ExplodedAcl;
}

/** Enum, domain, range and base types; the composite ones are relations and are there already. */
export const types: CatalogPart<Row> = {
  read: (rows, catalog) => {
    const byOid = new Map(rows.map((row) => [row.oid, row]));
    const entityOf = (row: Row): EntityId | undefined => {
      if (row.relation !== null) return catalog.find('pg_class', row.relation);
      if (row.is_system) return undefined;
      return catalog.find('pg_type', row.oid) ?? createType(row, catalog);
    };
    catalog.resolveTypesWith((oid): TypeRef | undefined => {
      const given = byOid.get(oid);
      const row = given?.element ? byOid.get(given.element) : given;
      if (row === undefined) return undefined;
      const entity = entityOf(row);
      return {
        name: { schema: row.schema, name: row.name },
        ...(entity === undefined ? {} : { entity }),
        isArray: row !== given,
        modifiers: [],
      };
    });
    for (const row of rows) {
      if (row.element !== null) continue;
      const id = entityOf(row);
      if (id !== undefined) catalog.alias({ class: 'pg_type', oid: row.oid }, id);
    }
  },
};

function createType(row: Row, catalog: Catalog): EntityId | undefined {
  const address = { class: 'pg_type', oid: row.oid } as const;
  const shared = {
    name: { schema: row.schema, name: row.name },
    owner: catalog.role(row.owner),
    acl: catalog.acl(row.acl),
  };
  switch (row.type_kind) {
    case 'e':
      return catalog.create(address, { kind: 'enumType', ...shared, labels: row.labels ?? [] }).id;
    case 'd':
      return createDomain(row, shared, catalog);
    case 'r':
      return catalog.create(address, {
        kind: 'rangeType',
        ...shared,
        subtype: catalog.type(row.subtype ?? '0'),
        multirangeName: row.multirange ?? '',
      }).id;
    case 'b':
    case 'p':
      return catalog.create(address, { kind: 'baseType', ...shared }).id;
    default:
      // A multirange is a part of its range.
      return undefined;
  }
}

function createDomain(row: Row, shared: Pick<Domain, 'name' | 'owner' | 'acl'>, catalog: Catalog): EntityId {
  const domain = catalog.create(
    { class: 'pg_type', oid: row.oid },
    {
      kind: 'domain',
      ...shared,
      base: {
        ...catalog.type(row.base ?? '0'),
        modifiers: row.base_modifier === -1 ? [] : typeModifiers(row.base_text ?? ''),
      },
      notNull: row.not_null,
      default: null,
      collation: nameOrNull(row.collation_schema, row.collation),
    },
  );
  const text = row.default_value;
  if (text !== null) catalog.afterAll(() => void catalog.alter(domain, { default: catalog.expression(text) }));
  return domain.id;
}
