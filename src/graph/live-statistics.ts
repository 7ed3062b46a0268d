import type { EntityId } from './entity-id.ts';

/**
 * What a server counted about its relations: only a live database has it, or a snapshot that kept it. Plain data; times are
 * ISO 8601 in UTC. (CREATE STATISTICS is the entity kind `statistics`.)
 */
export interface LiveStatistics {
  /** When they were read, by the server's clock: ages are counted from here. */
  readonly readAt: string;
  /** Counters count since then or earlier: the last reset, else the oldest thing they remember; null where nothing is known. */
  readonly since: string | null;
  /** By table or materialized view. */
  readonly tables: ReadonlyMap<EntityId, TableStatistics>;
  /** By index, those behind constraints included. */
  readonly indexes: ReadonlyMap<EntityId, IndexStatistics>;
}

export interface TableStatistics {
  /** Null where the server never counted, and for a partitioned table, which has no rows of its own: ask `estimatedRows`. */
  readonly rows: number | null;
  /** Of the table without its indexes and TOAST, when it was last vacuumed or analysed. */
  readonly bytes: number;
  readonly toastBytes: number;
  /** By the column statistics; null where there are none, or the role may not read them. */
  readonly averageRowBytes: number | null;
  readonly deadRows: number;
  readonly changedSinceAnalyze: number;
  readonly sequentialScans: number;
  readonly sequentialRowsRead: number;
  readonly indexScans: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** By hand or by autovacuum. */
  readonly lastAnalyzed: string | null;
  readonly lastVacuumed: string | null;
  /** Transactions since the oldest unfrozen row: at 2^31 the server stops. */
  readonly transactionAge: number;
}

export interface IndexStatistics {
  readonly scans: number;
  /** From PostgreSQL 16 on. */
  readonly lastScan: string | null;
  readonly bytes: number;
}
