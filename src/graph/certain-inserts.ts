import { fieldsOf } from '../sql/nodes.ts';
import type { PlStatement } from '../sql/plpgsql.ts';
import type { EntityId } from './entity-id.ts';
import { mayBeIdle } from './missing-values.ts';
import type { SetColumn } from './query-shapes/query.ts';
import type { RoutineShape } from './query-shapes/routine-shape.ts';

interface CertainInsert {
  readonly into: EntityId;
  readonly sets: readonly SetColumn[];
}

/** The rows that a statement of a body certainly adds, where it does not fail. */
export function certainInserts({ writes }: RoutineShape, statement: PlStatement): readonly CertainInsert[] {
  const insert = statement.kind === 'sql' ? fieldsOf(statement.sql.tree, 'InsertStmt') : undefined;
  if (statement.kind !== 'sql' || insert === undefined || mayBeIdle(insert)) return [];
  return writes.flatMap(({ query, write }): readonly CertainInsert[] => {
    if (query.node !== statement.sql.tree || write.kind !== 'insert' || write.onConflict !== null) return [];
    return write.relation === null ? [] : [{ into: write.relation, sets: write.sets }];
  });
}
