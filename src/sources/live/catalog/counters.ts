import type { EntityId } from '../../../graph/entity-id.ts';
import type { IndexStatistics, TableStatistics } from '../../../graph/live-statistics.ts';
import type { Catalog } from './catalog.ts';
import type { CatalogRows } from './catalog-rows.ts';

interface TableRow {
  readonly oid: string;
  readonly is_partitioned: boolean;
  /** Negative where it was never vacuumed or analysed (0 before PostgreSQL 14). */
  readonly tuples: number;
  readonly bytes: number;
  readonly toast_bytes: number;
  readonly average_row_bytes: number | null;
  /** These are null for a partitioned table before PostgreSQL 14 and where statistics are off. */
  readonly live_rows: number | null;
  readonly dead_rows: number | null;
  readonly changed_since_analyze: number | null;
  readonly sequential_scans: number | null;
  readonly sequential_rows_read: number | null;
  readonly index_scans: number;
  readonly inserted: number | null;
  readonly updated: number | null;
  readonly deleted: number | null;
  readonly last_analyzed: string | null;
  readonly last_vacuumed: string | null;
  readonly transaction_age: number;
}

interface IndexRow {
  readonly oid: string;
  readonly scans: number;
  readonly last_scan: string | null;
  readonly bytes: number;
}

interface AgeRow {
  readonly read_at: string;
  readonly since: string | null;
}

/** Reads what the server counted; the relations must have been read before. */
export async function readCounters(rows: CatalogRows, catalog: Catalog): Promise<void> {
  const [age] = await rows.take<AgeRow>('counters-age');
  if (age === undefined) return;
  const tables = new Map<EntityId, TableStatistics>();
  for (const row of await rows.take<TableRow>('table-counters')) {
    const id = catalog.find('pg_class', row.oid);
    if (id !== undefined) tables.set(id, tableStatistics(row));
  }
  const indexes = new Map<EntityId, IndexStatistics>();
  for (const { oid, scans, last_scan: lastScan, bytes } of await rows.take<IndexRow>('index-counters')) {
    const id = catalog.find('pg_class', oid);
    if (id !== undefined) indexes.set(id, { scans, lastScan, bytes });
  }
  catalog.builder.measure({ readAt: age.read_at, since: age.since, tables, indexes });
}

function tableStatistics(row: TableRow): TableStatistics {
  return {
    rows: row.is_partitioned ? null : rowsOf(row),
    bytes: row.bytes,
    toastBytes: row.toast_bytes,
    averageRowBytes: row.average_row_bytes,
    deadRows: row.dead_rows ?? 0,
    changedSinceAnalyze: row.changed_since_analyze ?? 0,
    sequentialScans: row.sequential_scans ?? 0,
    sequentialRowsRead: row.sequential_rows_read ?? 0,
    indexScans: row.index_scans,
    inserted: row.inserted ?? 0,
    updated: row.updated ?? 0,
    deleted: row.deleted ?? 0,
    lastAnalyzed: row.last_analyzed,
    lastVacuumed: row.last_vacuumed,
    transactionAge: row.transaction_age,
  };
}

/** The planner's figure ages, the counter is lost in a crash: the larger is nearer to the truth. Neither knows: not 0, but unknown. */
function rowsOf({ tuples, bytes, live_rows: counted, last_analyzed, last_vacuumed }: TableRow): number | null {
  const wasMeasured = bytes > 0 || tuples > 0 || last_analyzed !== null || last_vacuumed !== null;
  const rows = Math.max(tuples, counted ?? 0);
  return rows > 0 || wasMeasured ? Math.max(Math.round(rows), 0) : null;
}
