import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { madeBefore } from './deleted-own.ts';
import { type OwnRowWrite, ownRowWrites } from './own-row-writes.ts';

type Column = EntityOf<'column'>;
type Policy = EntityOf<'policy'>;

/** A policy by which clients add the row that another one lets them change, and what of these columns it leaves to them. */
export interface AddedAgain {
  readonly policy: Policy;
  readonly write: OwnRowWrite;
  readonly columns: readonly Column[];
  /** A trigger has made the row, which has to be deleted first; a policy lets them. */
  readonly isAfterDelete: boolean;
}

/**
 * The ways to choose these columns of a row of one's own without an UPDATE. None where a trigger makes the row and nobody may delete his own: a second
 * one fails on the key.
 */
export function addedAgain(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  columns: readonly Column[],
  clientRoles: readonly string[],
): readonly AddedAgain[] {
  const policies = graph.ownedBy(table.id, 'policy');
  return policies.flatMap((policy) => {
    const [write, another] = ownRowWrites(graph, policy, clientRoles).filter((each) => each.command === 'insert');
    const free = columns.filter((each) => write?.leavesFree(each));
    if (write === undefined || another !== undefined || free.length === 0) return [];
    const made = madeBefore(graph, table, write);
    if (made !== undefined && made.deletedBy === undefined) return [];
    return [{ policy, write, columns: free, isAfterDelete: made !== undefined }];
  });
}
