import type { PublishedTable } from '../../../graph/entities/publication.ts';
import type { Catalog } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';

interface TableRow {
  readonly table: string;
  readonly columns?: readonly string[];
  readonly where?: string | null;
}

interface Row {
  readonly oid: string;
  readonly name: string;
  readonly all_tables: boolean;
  readonly owner: string;
  readonly via_root: boolean;
  readonly inserts: boolean;
  readonly updates: boolean;
  readonly deletes: boolean;
  readonly truncates: boolean;
  readonly tables: readonly TableRow[] | null;
  readonly schemas: readonly string[];
}

export const publications: CatalogPart<Row> = {
  read: (rows, catalog) => {
    for (const row of rows) {
      catalog.create(
        { class: 'pg_publication', oid: row.oid },
        {
          kind: 'publication',
          name: row.name,
          allTables: row.all_tables,
          tables: (row.tables ?? []).flatMap((each) => publishedTable(each, catalog)),
          schemas: row.schemas.flatMap((oid) => catalog.find('pg_namespace', oid) ?? []),
          publishes: [
            ...(row.inserts ? ['insert'] : []),
            ...(row.updates ? ['update'] : []),
            ...(row.deletes ? ['delete'] : []),
            ...(row.truncates ? ['truncate'] : []),
          ],
          viaRoot: row.via_root,
          owner: catalog.role(row.owner),
        },
      );
    }
  },
};

function publishedTable(row: TableRow, catalog: Catalog): readonly PublishedTable[] {
  const table = catalog.relation(row.table);
  if (table === undefined) return [];
  const where = row.where ? catalog.expression(row.where, table) : null;
  return [{ table: table.id, columns: catalog.columns(row.table, row.columns ?? []), where }];
}
