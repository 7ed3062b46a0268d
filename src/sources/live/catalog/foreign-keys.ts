import type { ReferentialAction } from '../../../graph/entities/foreign-key.ts';
import type { Catalog } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';

interface Row {
  readonly oid: string;
  readonly relation: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly referenced: string;
  readonly referenced_columns: readonly string[];
  readonly index: string;
  readonly on_delete: string;
  readonly on_update: string;
  readonly match: string;
  readonly set_columns: readonly string[] | null;
  readonly is_validated: boolean;
  readonly is_enforced: boolean;
  readonly is_deferrable: boolean;
  readonly is_deferred: boolean;
  readonly parent: string | null;
}

const ACTIONS: ReadonlyMap<string, ReferentialAction> = new Map([
  ['a', 'no action'],
  ['r', 'restrict'],
  ['c', 'cascade'],
  ['n', 'set null'],
  ['d', 'set default'],
]);

export const foreignKeys: CatalogPart<Row> = {
  read: (rows, catalog) => {
    const byOid = new Map(rows.map((row) => [row.oid, row]));
    const make = (row: Row): void => {
      if (catalog.find('pg_constraint', row.oid) !== undefined) return;
      // ATTACH PARTITION gives an older key of the partition the parent's key as its parent.
      const parent = row.parent === null ? undefined : byOid.get(row.parent);
      if (parent) make(parent);
      createForeignKey(row, catalog);
    };
    for (const row of rows) make(row);
  },
};

function createForeignKey(row: Row, catalog: Catalog): void {
  const table = catalog.relation(row.relation);
  const referenced = catalog.relation(row.referenced);
  if (table === undefined || referenced === undefined) return;
  catalog.create(
    { class: 'pg_constraint', oid: row.oid },
    {
      kind: 'foreignKey',
      table: table.id,
      name: row.name,
      columns: catalog.columns(row.relation, row.columns),
      referencedTable: referenced.id,
      referencedColumns: catalog.columns(row.referenced, row.referenced_columns),
      onDelete: ACTIONS.get(row.on_delete) ?? 'no action',
      onUpdate: ACTIONS.get(row.on_update) ?? 'no action',
      setColumns: catalog.columns(row.relation, row.set_columns),
      match: row.match === 'f' ? 'full' : 'simple',
      isValidated: row.is_validated,
      isEnforced: row.is_enforced,
      isDeferrable: row.is_deferrable,
      isInitiallyDeferred: row.is_deferred,
      parent: catalog.findOrNull('pg_constraint', row.parent),
      referencedIndex: catalog.findOrNull('pg_class', row.index),
    },
  );
}
