import { unlikeSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { sourceOf } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { type OwnRowWrite, ownRowWrites } from '../own-rows/own-row-writes.ts';
import { isCurrentTime } from '../query-shapes/current-time.ts';
import { valueOfSelect } from '../query-shapes/operand.ts';
import { eachStatement, ownExpressions } from '../query-shapes/pl-statements.ts';
import { type RoutineShape, routineShape } from '../query-shapes/routine-shape.ts';
import { rowField } from '../query-shapes/row-field.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
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
  const stamped = graph.ownedBy(table.id, 'trigger').flatMap((trigger) => {
    const columns = stampedBy(graph, table, trigger);
    return columns.length === 0 ? [] : [{ trigger, columns }];
  });
  if (stamped.length === 0) return [];
  const added = columnsSetByTriggers(graph, table.id, 'insert');
  if (added.unknown.length > 0) return [];
  const isSet = new Set(added.sets.map(({ column }) => column));
  const writes = graph.ownedBy(table.id, 'policy').flatMap((policy) =>
    ownRowWrites(graph, policy, clientRoles, keepsSomeOut)
      .filter(({ command }) => command === 'insert')
      .map((write) => ({ policy, write })),
  );
  return stamped.flatMap(({ trigger, columns }): readonly UnstampedInsert[] => {
    const left = columns.filter(({ id }) => !isSet.has(id));
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

/** What a trigger for UPDATE alone sets to the time, the caller or what it was, where somebody changes it. */
function stampedBy(graph: SchemaGraph, table: Table, trigger: Trigger): readonly Column[] {
  const { timing, level, events, enabled } = trigger;
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (timing !== 'before' || level !== 'row' || enabled === 'disabled' || called?.kind !== 'function') return [];
  if (!events.includes('update') || events.includes('insert')) return [];
  const shape = routineShape(graph, called);
  if (!shape.isWhole || shape.unread.length > 0) return [];
  return graph.columns(table.id).filter((column) => {
    const isStamp = isNamed(column.name, STAMPS) && (isMoment(graph, column.type) || /_by(?:_id)?$/.test(column.name));
    return isStamp && asksForChange(shape, trigger, column) && isStampedIn(graph, shape, column);
  });
}

function asksForChange({ block }: RoutineShape, { when }: Trigger, { name }: Column): boolean {
  const statements = block === null ? [] : [...eachStatement([block])].map(({ statement }) => statement);
  const trees = statements
    .filter(({ kind }) => kind === 'if')
    .flatMap((each) => ownExpressions(each).map(({ tree }) => tree));
  return [...trees, ...(when === null ? [] : [when.tree])].some((tree) =>
    anyNode(tree, (node) =>
      unlikeSides(node).some(([left, right]) => {
        const [mine, other] = [rowField(left), rowField(right)];
        return mine?.row === 'new' && mine.name === name && other?.row === 'old' && other.name === name;
      }),
    ),
  );
}

function isStampedIn(graph: SchemaGraph, { assignments, expressions }: RoutineShape, { name }: Column): boolean {
  return assignments.some(({ target: [row, column], value }) => {
    const node = row === 'new' && column === name ? valueOfSelect(value?.tree) : undefined;
    if (node === undefined) return false;
    const kept = rowField(node);
    if (kept?.row === 'old' && kept.name === name) return true;
    const binding = expressions.find(({ tree }) => tree === value?.tree);
    return isCurrentTime(node) || (binding !== undefined && sourceOf(graph, node, binding) === 'user');
  });
}
