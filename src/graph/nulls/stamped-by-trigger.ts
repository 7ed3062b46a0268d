import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { certainRun } from '../query-shapes/certain-run.ts';
import { isCurrentTime } from '../query-shapes/current-time.ts';
import { variablesSetBy } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { isFor, reachedFor } from '../query-shapes/trigger-ways.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isMoment } from '../types/type-class.ts';

type Column = EntityOf<'column'>;
type Trigger = EntityOf<'trigger'>;

/**
 * Does a trigger write the present time into the column of each new row, and see to it at each UPDATE that a time is there: the same or what the row
 * had? Of rows from before the trigger nothing is known, so that it must have been made by the file that made the column, as far as that is known.
 * @param isHistory the graph was made from files
 */
export function isStampedByTrigger(graph: SchemaGraph, column: Column, isHistory: boolean): boolean {
  if (!isMoment(graph, column.type)) return false;
  return graph
    .ownedBy(column.relation, 'trigger')
    .some(
      (each) =>
        isForEachWrite(each) &&
        (!isHistory || isAsOldAs(each, column)) &&
        !graph.isDoubtful(each, ['existence', 'triggers']) &&
        EVENTS.every((event) => stamps(graph, each, column.name, event)),
    );
}

const EVENTS = ['insert', 'update'] as const;

function isForEachWrite(trigger: Trigger): boolean {
  const { timing, level, when, updateColumns, events } = trigger;
  const isUnasked = when === null && updateColumns.length === 0 && EVENTS.every((each) => events.includes(each));
  return timing === 'before' && level === 'row' && isUnasked && firesInOrigin(trigger);
}

function isAsOldAs({ origin }: Trigger, column: Column): boolean {
  if (origin.from !== 'statement' || column.origin.from !== 'statement') return true;
  return origin.at.file === column.origin.at.file;
}

function stamps(graph: SchemaGraph, trigger: Trigger, name: string, event: (typeof EVENTS)[number]): boolean {
  const routine = trigger.function === null ? undefined : graph.find(trigger.function);
  if (routine?.kind !== 'function' || graph.isDoubtful(routine, ['functions'])) return false;
  const shape = routineShape(graph, routine);
  if (shape.block === null || shape.unread.length > 0) return false;
  const certain = new Set(certainRun(shape, isFor(event)).reached.map(({ statement }) => statement));
  let isSet = false;
  for (const statement of reachedFor([shape.block], event)) {
    if (statement.kind === 'return' && !/^new$/i.test(statement.value?.text.trim() ?? '')) return false;
    const target = statement.kind === 'assign' ? rowField(statement.target.tree) : undefined;
    // All of the row at once, or by a query: with what is not known.
    if (target === undefined && variablesSetBy(statement).includes('new')) return false;
    if (statement.kind !== 'assign' || target?.row !== 'new' || target.name !== name) continue;
    const source = rowField(statement.value.tree);
    const isAsBefore = event === 'update' && source?.row === 'old' && source.name === name;
    if (!isAsBefore && !isCurrentTime(statement.value.tree)) return false;
    isSet ||= certain.has(statement);
  }
  return isSet;
}
