import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { drivingQuery } from '../query-shapes/driving-query.ts';
import type { Query, QuerySource, Write } from '../query-shapes/query.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowEqualities } from '../query-shapes/row-equalities.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { stepOf } from '../query-shapes/step.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;

/** A trigger that runs for each row, and adds up all rows of the same parent each time. */
export interface SiblingStep {
  readonly trigger: EntityOf<'trigger'>;
  readonly function: EntityOf<'function'>;
  /** By which the rows belong together. */
  readonly by: Column;
  readonly moved: Table;
  readonly columns: readonly Column[];
  readonly query: Query;
}

/** `from lines l where l.bill_id = new.bill_id`, and nothing else asked of the lines, while numbers move from where they are. */
export const siblingSteps = askedOnce((graph: SchemaGraph, table: Table): readonly SiblingStep[] =>
  graph.ownedBy(table.id, 'trigger').flatMap((trigger): readonly SiblingStep[] => {
    const { level, events } = trigger;
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    if (called?.kind !== 'function' || !isUsersOwn(graph, called)) return [];
    if (level !== 'row' || !firesInOrigin(trigger) || events.every((each) => each === 'delete')) return [];
    const { queries, writes } = routineShape(graph, called);
    for (const { query, write, isConditional } of writes) {
      const columns = movedBy(graph, write);
      const driving = isConditional || columns.length === 0 ? undefined : drivingQuery(query, queries);
      const by = driving && siblingsOf(graph, table, driving);
      const moved = write.relation === null ? undefined : graph.find(write.relation);
      if (by !== undefined && moved?.kind === 'table' && moved !== table)
        return [{ trigger, function: called, by, moved, columns, query }];
    }
    return [];
  }),
);

/** Numbers that start from what they are: `x = x + y`, or in ON CONFLICT `x = t.x + excluded.x`. */
function movedBy(graph: SchemaGraph, { kind, sets, onConflict }: Write): readonly Column[] {
  const moving = kind === 'update' ? sets : (onConflict?.sets ?? []);
  return moving.flatMap(({ column, readsOwnRow, value, name }) =>
    column !== null && readsOwnRow && stepOf(value, name) !== undefined ? [graph.get('column', column)] : [],
  );
}

function siblingsOf(graph: SchemaGraph, table: Table, query: Query): Column | undefined {
  const all = query.sources.filter((each) => each.relation === table.id);
  const [only, another] = all;
  if (only === undefined || another !== undefined || only.isTarget) return undefined;
  return hasOthersAlone(graph, query, only);
}

/** The one column that the rows are picked by, which is a foreign key of theirs and equals that of NEW. */
function hasOthersAlone(graph: SchemaGraph, query: Query, source: QuerySource): Column | undefined {
  const joined = new Set(query.joins.flatMap(({ left, right }) => [left, right]));
  const [equality, more] = rowEqualities(query, source).filter(({ column, value }) => {
    return rowField(value) !== undefined || !joined.has(column);
  });
  if (equality === undefined || more !== undefined || query.otherConditions.length > 0) return undefined;
  const column = graph.get('column', equality.column);
  const field = rowField(equality.value);
  if (field?.row !== 'new' || field.name !== column.name || isUniqueAlone(graph, column)) return undefined;
  const isPicked = source.tests.some((each) => each.column !== column.id && !joined.has(each.column));
  return isPicked || graph.foreignKeysOf(column).length === 0 ? undefined : column;
}
