import type { SourceLocation } from '../../sql/location.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { outermost } from './outermost.ts';
import type { Query } from './query.ts';
import { routineShape } from './routine-shape.ts';

/** Rows of a table that a routine locks until its transaction ends. */
export interface RoutineLock {
  readonly table: EntityId;
  readonly isConditional: boolean;
  /** The statement that takes it: in which order its own parts lock rows is the server's business. */
  readonly statement: Query;
  /** The part of it that names the rows. */
  readonly query: Query;
  readonly at: SourceLocation | null;
}

/**
 * The locks on existing rows of the user's tables in the order in which a routine takes them: UPDATE, DELETE, INSERT … ON
 * CONFLICT DO UPDATE, SELECT … FOR UPDATE. Empty where an advisory or table lock, or SKIP LOCKED and NOWAIT, keep callers
 * from waiting for each other.
 */
export function routineLocks(graph: SchemaGraph, routine: EntityOf<'function'>): readonly RoutineLock[] {
  const { queries, writes, locks } = routineShape(graph, routine);
  if (locks.length > 0 || queries.some(({ lock }) => lock?.skipsLocked === true || lock?.isNoWait === true)) return [];
  return queries.flatMap((query): readonly RoutineLock[] => {
    const statement = outermost(query);
    const held =
      query.lock === null || query.lock.strength === 'key share'
        ? []
        : query.sources.map((each) => ({ table: each.relation, isConditional: true, statement, query, at: query.at }));
    const changed = writes
      .filter((each) => each.query === query && each.write.relation !== null)
      .filter(
        ({ write }) => write.kind === 'update' || write.kind === 'delete' || write.onConflict?.action === 'update',
      )
      .map(({ write, isConditional }) => ({
        table: write.relation as EntityId,
        isConditional,
        statement,
        query,
        at: write.at ?? query.at,
      }));
    return [...held, ...changed].filter(({ table }) => isUsersTable(graph, table));
  });
}

function isUsersTable(graph: SchemaGraph, id: EntityId): boolean {
  const table = graph.find(id);
  return table?.kind === 'table' && table.persistence !== 'temporary' && isUsersOwn(graph, table);
}
