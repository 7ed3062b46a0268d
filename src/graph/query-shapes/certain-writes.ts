import type { Node } from '@pgsql/types';
import { certainRun, type Known } from './certain-run.ts';
import type { Query, Write } from './query.ts';
import type { RoutineShape } from './routine-shape.ts';

/** An INSERT, UPDATE or DELETE that each run of a body comes to. */
export interface CertainWrite {
  readonly write: Write;
  readonly query: Query;
  readonly tree: Node;
}

/**
 * The INSERT, UPDATE and DELETE statements that each run comes to, given what is known of its row and its caller: none in a loop, in a block with handlers,
 * or of which the body asks whether it met a row.
 */
export function certainWrites(shape: RoutineShape, known: Known): readonly CertainWrite[] {
  return certainRun(shape, known).reached.flatMap(({ statement }): readonly CertainWrite[] => {
    if (statement.kind !== 'sql') return [];
    const { tree } = statement.sql;
    const found = shape.writes.find(({ query }) => query.node === tree);
    return found === undefined || found.isOutcomeTested ? [] : [{ write: found.write, query: found.query, tree }];
  });
}
