import type { Node } from '@pgsql/types';

/** `CREATE INDEX CONCURRENTLY` and its like: what needs transactions of its own, and so may stand in none. */
export type ConcurrentStatement =
  | 'CREATE INDEX CONCURRENTLY'
  | 'DROP INDEX CONCURRENTLY'
  | 'REINDEX CONCURRENTLY'
  | 'DETACH PARTITION CONCURRENTLY';

const KINDS: ReadonlySet<string> = new Set(['IndexStmt', 'DropStmt', 'ReindexStmt', 'AlterTableStmt']);

/** By the parser's tag, without a look at the tree. */
export function mayBeConcurrent(kind: string): boolean {
  return KINDS.has(kind);
}

/** Which of them the statement is. REFRESH MATERIALIZED VIEW CONCURRENTLY is none: it runs in any transaction. */
export function concurrentStatement(node: Node): ConcurrentStatement | undefined {
  if ('IndexStmt' in node) return node.IndexStmt.concurrent === true ? 'CREATE INDEX CONCURRENTLY' : undefined;
  if ('DropStmt' in node)
    return node.DropStmt.concurrent === true && node.DropStmt.removeType === 'OBJECT_INDEX'
      ? 'DROP INDEX CONCURRENTLY'
      : undefined;
  if ('ReindexStmt' in node) {
    const isConcurrent = (node.ReindexStmt.params ?? []).some(
      (each) => 'DefElem' in each && each.DefElem.defname === 'concurrently',
    );
    return isConcurrent ? 'REINDEX CONCURRENTLY' : undefined;
  }
  if (!('AlterTableStmt' in node)) return undefined;
  const isDetached = (node.AlterTableStmt.cmds ?? []).some((each) => {
    const def =
      'AlterTableCmd' in each && each.AlterTableCmd.subtype === 'AT_DetachPartition' && each.AlterTableCmd.def;
    return def && 'PartitionCmd' in def && def.PartitionCmd.concurrent === true;
  });
  return isDetached ? 'DETACH PARTITION CONCURRENTLY' : undefined;
}
