import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { addsARow } from '../query-shapes/added-rows.ts';
import { isAlwaysRun } from '../query-shapes/always-run.ts';
import { unwrapped } from '../query-shapes/operand.ts';
import { ownExpressions } from '../query-shapes/pl-statements.ts';
import type { SetColumn } from '../query-shapes/query.ts';
import { type RoutineShape, type RoutineWrite, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** A trigger that makes a row of a table for each new row of another. */
export interface Provisioning {
  readonly trigger: EntityOf<'trigger'>;
  /** The column that names the other row, and is unique. */
  readonly key: EntityId;
}

/** The row triggers of other tables that, whatever happens, put one row with a unique column made from NEW into this table. */
export function rowsProvisionedBy(graph: SchemaGraph, table: EntityId): readonly Provisioning[] {
  const writers = writesTo(graph, table).flatMap(({ holder, write }) =>
    holder.kind === 'function' && write.kind === 'insert' ? [holder] : [],
  );
  return [...new Set(writers)].flatMap((routine) => {
    const shape = routineShape(graph, routine);
    const inserts = shape.writes.filter(({ write }) => write.kind === 'insert' && write.relation === table);
    const keys = inserts.flatMap((insert) =>
      keysFromNew(graph, insert).filter(
        (each) => (!insert.isConditional && insert.loop === null) || isGivenInEachBranch(graph, shape, inserts, each),
      ),
    );
    return graph.dependentsOfKind(routine.id, 'trigger').flatMap((trigger): readonly Provisioning[] => {
      const { relation, events, level, enabled, when } = trigger;
      const isEach = level === 'row' && events.includes('insert') && enabled !== 'disabled' && when === null;
      // Of a parent with many rows of one user the first makes the row, and who has none yet has no row.
      const [made] = keys.filter(({ from }) => {
        const column = graph.column(relation, from);
        return column !== undefined && isUniqueAlone(graph, column);
      });
      return isEach && made !== undefined && relation !== table ? [{ trigger, key: made.key }] : [];
    });
  });
}

/** A column that is unique, and the column of the new row that it is given. */
interface KeyFromNew {
  readonly key: EntityId;
  readonly from: string;
}

function keysFromNew(graph: SchemaGraph, { write }: RoutineWrite): readonly KeyFromNew[] {
  return write.sets.flatMap((set) => {
    const from = set.column !== null && isUniqueAlone(graph, graph.get('column', set.column)) ? fromNew(set) : null;
    return set.column === null || from === null ? [] : [{ key: set.column, from }];
  });
}

/** `if invited then insert … else insert … end if`: whichever way it goes, a row with this key is put there, unless it fails. */
function isGivenInEachBranch(
  graph: SchemaGraph,
  { block }: RoutineShape,
  inserts: readonly RoutineWrite[],
  { key, from }: KeyFromNew,
): boolean {
  const trees = new Set(
    inserts.flatMap((each) => {
      const isAlike = keysFromNew(graph, each).some((one) => one.key === key && one.from === from);
      return isAlike && addsARow(each.query) ? [each.query.node] : [];
    }),
  );
  return (
    block !== null &&
    trees.size > 1 &&
    isAlwaysRun(block, (statement) => ownExpressions(statement).some(({ tree }) => trees.has(tree)))
  );
}

/** The column of the new row whose value is given as it is. */
function fromNew({ value }: SetColumn): string | null {
  const field = rowField(unwrapped(value ?? undefined));
  return field?.row === 'new' ? field.name : null;
}
