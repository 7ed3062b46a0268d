import type { EntityOf } from '../../../graph/entities/index.ts';
import type { PartitionKey, Table } from '../../../graph/entities/table.ts';
import type { Catalog, ExplodedAcl } from './catalog.ts';
import type { CatalogPart } from './catalog-part.ts';
import { settings } from './settings.ts';

interface Row {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly persistence: string;
  readonly row_security: boolean;
  readonly force_row_security: boolean;
  readonly is_partition: boolean;
  readonly options: readonly string[] | null;
  readonly replica_identity: string;
  readonly of_type: string | null;
  readonly parents: readonly string[];
  readonly partition_bound: string | null;
  readonly partition_key: string | null;
  readonly replica_index: string | null;
  readonly acl: ExplodedAcl;
}

export const tables: CatalogPart<Row> = {
  read: (rows, catalog) => {
    const byOid = new Map(rows.map((row) => [row.oid, row]));
    const make = (row: Row): void => {
      if (catalog.find('pg_class', row.oid) !== undefined) return;
      // A parent can have the higher oid (ATTACH PARTITION, ALTER TABLE … INHERIT), but never a descendant of its own.
      for (const parent of row.parents) {
        const parentRow = byOid.get(parent);
        if (parentRow) make(parentRow);
      }
      createTable(row, catalog);
    };
    for (const row of rows) make(row);
  },
};

/** An index is put in its place when it is there; a table whose index was dropped says nothing (docs, ALTER TABLE). */
const REPLICA_IDENTITIES: ReadonlyMap<string, 'full' | 'nothing'> = new Map([
  ['f', 'full'],
  ['n', 'nothing'],
  ['i', 'nothing'],
]);

function createTable(row: Row, catalog: Catalog): void {
  const parents = row.parents.flatMap((oid) => catalog.find('pg_class', oid) ?? []);
  const table = catalog.create(
    { class: 'pg_class', oid: row.oid },
    {
      kind: 'table',
      name: { schema: row.schema, name: row.name },
      persistence: row.persistence === 'u' ? 'unlogged' : 'permanent',
      rowSecurity: row.row_security,
      forceRowSecurity: row.force_row_security,
      inherits: row.is_partition ? [] : parents,
      partitionOf: row.is_partition ? (parents[0] ?? null) : null,
      partitionBound: row.partition_bound,
      partitionKey: null,
      options: settings(row.options),
      replicaIdentity: REPLICA_IDENTITIES.get(row.replica_identity) ?? 'default',
      ofType: null,
      owner: catalog.role(row.owner),
      acl: catalog.acl(row.acl),
    },
  );
  const { partition_key, replica_index, of_type } = row;
  if (partition_key === null && replica_index === null && of_type === null) return;
  catalog.afterAll(() => {
    const index = catalog.find('pg_class', replica_index);
    catalog.alter(table, {
      ...(partition_key === null ? {} : { partitionKey: partitionKey(partition_key, table, catalog) }),
      ...(index === undefined ? {} : { replicaIdentity: { index } }),
      ...(of_type === null ? {} : { ofType: catalog.findOrNull('pg_type', of_type) }),
    });
  });
}

const STRATEGIES: ReadonlyMap<string, PartitionKey['strategy']> = new Map([
  ['PARTITION_STRATEGY_LIST', 'list'],
  ['PARTITION_STRATEGY_RANGE', 'range'],
  ['PARTITION_STRATEGY_HASH', 'hash'],
]);

/** `RANGE (created_at, lower(name))`, as pg_get_partkeydef prints it. */
function partitionKey(text: string, table: EntityOf<'table'>, catalog: Catalog): Table['partitionKey'] {
  const node = catalog.parse('CREATE TABLE t () PARTITION BY ', text);
  const spec = 'CreateStmt' in node ? node.CreateStmt.partspec : undefined;
  const keys = (spec?.partParams ?? []).flatMap((each): PartitionKey['keys'] => {
    const element = 'PartitionElem' in each ? each.PartitionElem : {};
    if (element.expr) return [{ column: null, expression: catalog.bound(element.expr, text, table) }];
    const column = catalog.graph.column(table.id, element.name ?? '');
    return column ? [{ column: column.id, expression: null }] : [];
  });
  return { strategy: STRATEGIES.get(spec?.strategy ?? '') ?? 'list', keys };
}
