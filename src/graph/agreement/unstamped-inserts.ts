import { fieldsOf } from '../../sql/nodes.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { sourceOf } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { groupedBy } from '../grouping.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { type OwnRowWrite, ownRowWrites } from '../own-rows/own-row-writes.ts';
import { isCurrentTime } from '../query-shapes/current-time.ts';
import { valueOfSelect } from '../query-shapes/operand.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import { type Assignment, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { columnsSetByTriggers, type TriggerSetColumn } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksForChange } from '../triggers/change-guards.ts';
import { isMoment } from '../types/type-class.ts';

type Table = EntityOf<'table'>;
type Column = EntityOf<'column'>;
type Trigger = EntityOf<'trigger'>;

/** Columns that say when, and by whom, a row was looked at: a trigger keeps clients from choosing them in rows that are there, and nothing in new ones. */
export interface UnstampedInsert {
  readonly trigger: Trigger;
  readonly columns: readonly Column[];
  readonly policy: EntityOf<'policy'>;
  readonly write: OwnRowWrite;
}

/** When, or by whom, and not whether: what a yes lets its author do is self-granted-access. */
const STAMPS: NamePatterns = [
  ...['*_verified_*', '*_approved_*', '*_confirmed_*', '*_reviewed_*', '*_certified_*', '*_validated_*'],
  ...['!is_*', '!*_email_*', '!*_phone_*'],
];

export function unstampedInserts(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): readonly UnstampedInsert[] {
  const stamps = columnsSetByTriggers(graph, table.id, 'update').sets.filter((each) => isStamp(graph, each));
  if (stamps.length === 0) return [];
  const added = columnsSetByTriggers(graph, table.id, 'insert');
  if (added.unknown.length > 0) return [];
  const isSet = new Set(added.sets.map(({ column }) => column));
  const writes = graph.ownedBy(table.id, 'policy').flatMap((policy) =>
    ownRowWrites(graph, policy, clientRoles, keepsSomeOut)
      .filter(({ command }) => command === 'insert')
      .map((write) => ({ policy, write })),
  );
  return [...groupedBy(stamps, ({ trigger }) => trigger)].flatMap(([trigger, sets]): readonly UnstampedInsert[] => {
    const stamped = new Set(sets.map(({ column }) => column));
    const left = graph.columns(table.id).filter(({ id }) => stamped.has(id) && !isSet.has(id));
    for (const { policy, write } of writes) {
      const free = left.filter((each) => write.leavesFree(each));
      if (free.length > 0) return [{ trigger, columns: free, policy, write }];
    }
    return [];
  });
}

/** `not is_banned()`: all others are let in. */
function keepsSomeOut({ tree }: BoundExpression): boolean {
  return fieldsOf(tree, 'BoolExpr')?.boolop === 'NOT_EXPR';
}

/** Does a trigger for UPDATE alone set the column to the time, the caller or what it was, where somebody changes it? */
function isStamp(graph: SchemaGraph, { column: id, trigger, assignment }: TriggerSetColumn): boolean {
  const column = graph.get('column', id);
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (trigger.events.includes('insert') || called?.kind !== 'function' || assignment === null) return false;
  if (!isNamed(column.name, STAMPS) || !(isMoment(graph, column.type) || /_by(?:_id)?$/.test(column.name)))
    return false;
  const { block, isWhole, unread } = routineShape(graph, called);
  if (!isWhole || unread.length > 0 || !isStampOf(graph, column, assignment)) return false;
  const asked = [...eachStatement(block === null ? [] : [block])].flatMap(({ statement }) =>
    statement.kind === 'if' ? ownExpressions(statement) : [],
  );
  return [...asked, ...(trigger.when === null ? [] : [trigger.when])].some(({ tree }) =>
    asksForChange(tree, column.name),
  );
}

function isStampOf(graph: SchemaGraph, { name }: Column, { value }: Assignment): boolean {
  const node = valueOfSelect(value?.tree);
  if (value === null || node === undefined) return false;
  const kept = rowField(node);
  return (kept?.row === 'old' && kept.name === name) || isCurrentTime(node) || sourceOf(graph, node, value) === 'user';
}
