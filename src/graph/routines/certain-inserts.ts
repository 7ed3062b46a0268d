import { fieldsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import type { EntityId } from '../entity-id.ts';
import { mayBeIdle } from '../nulls/missing-values.ts';
import type { OnConflict, SetColumn } from '../query-shapes/query.ts';
import type { RoutineShape } from '../query-shapes/routine-shape.ts';

interface CertainInsert {
  readonly into: EntityId;
  readonly sets: readonly SetColumn[];
  /** It may let it pass by: what is asked of the row itself, a CHECK or NOT NULL, is asked before. */
  readonly onConflict: OnConflict | null;
}

/** The rows that a statement of a body certainly adds, where it does not fail. */
export function certainInserts(shape: RoutineShape, statement: PlStatement): readonly CertainInsert[] {
  return triedInserts(shape, statement).filter(({ onConflict }) => onConflict === null);
}

/** The rows that it certainly tries to add. */
export function triedInserts({ writes }: RoutineShape, statement: PlStatement): readonly CertainInsert[] {
  const insert = statement.kind === 'sql' ? fieldsOf(statement.sql.tree, 'InsertStmt') : undefined;
  if (statement.kind !== 'sql' || insert === undefined || mayBeIdle(insert)) return [];
  return writes.flatMap(({ query, write }): readonly CertainInsert[] => {
    if (query.node !== statement.sql.tree || write.kind !== 'insert') return [];
    const { relation: into, sets, onConflict } = write;
    return into === null ? [] : [{ into, sets, onConflict }];
  });
}
