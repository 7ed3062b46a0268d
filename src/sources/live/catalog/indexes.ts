import type { IndexElem } from '@pgsql/types';
import type { Relation } from '../../../graph/entities/index.ts';
import type { IndexKey } from '../../../graph/entities/index-entity.ts';
import type { QualifiedName } from '../../../sql/name.ts';
import { fieldsOf, writtenName } from '../../../sql/nodes.ts';
import type { Catalog } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { settings } from './settings.ts';

interface KeyRow {
  readonly column: string | null;
  readonly expression: string | null;
  /** Schema and name. */
  readonly opclass: readonly [string, string] | null;
  readonly opclassOptions: readonly string[] | null;
  /** indoption: 1 DESC, 2 NULLS FIRST. */
  readonly option: number;
  readonly collation: readonly [string, string] | null;
}

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly relation: string;
  readonly method: string;
  readonly is_unique: boolean;
  readonly is_valid: boolean;
  readonly nulls_not_distinct: boolean;
  readonly options: readonly string[] | null;
  readonly parent: string | null;
  readonly predicate: string | null;
  /** Only where the collation of an expression has to be looked up in it. */
  readonly definition: string | null;
  readonly include: readonly string[];
  readonly keys: readonly KeyRow[];
}

export const indexes: CatalogPart<Row> = {
  read: (rows, catalog) => {
    const byOid = new Map(rows.map((row) => [row.oid, row]));
    const make = (row: Row): void => {
      if (catalog.find('pg_class', row.oid) !== undefined) return;
      // An index that was attached can be older than its parent.
      const parent = row.parent === null ? undefined : byOid.get(row.parent);
      if (parent) make(parent);
      createIndex(row, catalog);
    };
    for (const row of rows) make(row);
  },
};

function createIndex(row: Row, catalog: Catalog): void {
  const relation = catalog.relation(row.relation);
  if (relation === undefined) return;
  const elements = row.definition === null ? [] : elementsOf(row.definition, catalog);
  catalog.create(
    { class: 'pg_class', oid: row.oid },
    {
      kind: 'index',
      relation: relation.id,
      name: { schema: row.schema, name: row.name },
      method: row.method,
      isUnique: row.is_unique,
      nullsNotDistinct: row.nulls_not_distinct,
      keys: row.keys.map((each, at) => key(each, elements[at], row, relation, catalog)),
      include: catalog.columns(row.relation, row.include),
      predicate: row.predicate === null ? null : catalog.expression(row.predicate, relation),
      options: settings(row.options).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      constraint: null,
      parent: catalog.findOrNull('pg_class', row.parent),
      isValid: row.is_valid,
    },
  );
}

function key(key: KeyRow, element: IndexElem | undefined, row: Row, relation: Relation, catalog: Catalog): IndexKey {
  return {
    column: key.column === null ? null : (catalog.columns(row.relation, [key.column])[0] ?? null),
    expression: key.expression === null ? null : catalog.expression(key.expression, relation),
    opclass: key.opclass && { schema: key.opclass[0], name: key.opclass[1] },
    opclassOptions: settings(key.opclassOptions),
    descending: (key.option & 1) !== 0,
    nullsFirst: (key.option & 2) !== 0,
    collation: key.collation ? { schema: key.collation[0], name: key.collation[1] } : collationOf(element),
  };
}

function elementsOf(definition: string, catalog: Catalog): readonly IndexElem[] {
  const params = fieldsOf(catalog.parse('', definition), 'IndexStmt')?.indexParams ?? [];
  return params.flatMap((each) => fieldsOf(each, 'IndexElem') ?? []);
}

function collationOf(element: IndexElem | undefined): QualifiedName | null {
  if (element?.expr === undefined || element.collation === undefined) return null;
  const { schema, name } = writtenName(element.collation);
  return { schema: schema ?? 'pg_catalog', name };
}
