import type { Node } from '@pgsql/types';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlStatement } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import { isNeverTrue } from '../binding/questions/never-true.ts';
import type { EntityOf } from '../entities/index.ts';
import { parentOf } from '../policies/parent-writes.ts';
import { ownExpressions } from '../query-shapes/pl-statements.ts';
import type { Query } from '../query-shapes/query.ts';
import { type RoutineShape, type RoutineWrite, routineShape } from '../query-shapes/routine-shape.ts';
import { stepOf } from '../query-shapes/step.ts';
import { type RowEvent, reachedFor, startsFor } from '../query-shapes/trigger-ways.ts';
import { relationOf } from '../query-shapes/writes.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Column = EntityOf<'column'>;
type Routine = EntityOf<'function'>;
type Trigger = EntityOf<'trigger'>;

/** A number of the parent that a trigger of its rows keeps when one is added, and not when one goes or comes to another parent. */
export interface HalfCount {
  readonly trigger: Trigger;
  readonly function: Routine;
  readonly parent: EntityOf<'table'>;
  readonly column: Column;
  /** The column of the row by which the parent is found. */
  readonly by: Column;
  readonly missed: 'delete' | 'move';
  /** Where it is counted. */
  readonly statement: PlStatement;
  /** It is worked out anew from the rows that are there, and not by steps. */
  readonly isRecount: boolean;
}

/** A trigger with what its function does. */
interface Fired {
  readonly trigger: Trigger;
  readonly function: Routine;
  readonly shape: RoutineShape;
}

/**
 * A DELETE is missed where the trigger runs for it, and no trigger of the table then writes the number of the row that OLD names. A move is missed where
 * DELETE is counted, and nothing that an UPDATE runs looks at the key in OLD. Nothing is said where a trigger of the table does what could not be read.
 */
export function halfCounts(graph: SchemaGraph, table: EntityOf<'table'>): readonly HalfCount[] {
  const enabled = graph.ownedBy(table.id, 'trigger').filter((each) => each.enabled !== 'disabled');
  if (table.partitionOf !== null || enabled.length === 0) return [];
  const fired = enabled.flatMap((each) => readable(graph, each) ?? []);
  if (fired.length < enabled.length) return [];
  return fired.flatMap((each) =>
    countedOnInsert(graph, table, each).flatMap((count): readonly HalfCount[] => {
      if (isKept(count, fired, 'delete'))
        return fired.some((one) => asksForOld(one, count.by)) ? [] : [{ ...count, missed: 'move' }];
      const deleting = runsForDelete(each, fired);
      if (deleting === undefined) return [];
      // Steps may be meant to count all that ever were, where a DELETE is for something else.
      const isMeant = count.isRecount || writesFor(deleting, 'delete').length === 0;
      return isMeant ? [{ ...count, trigger: deleting.trigger, missed: 'delete' }] : [];
    }),
  );
}

/** The trigger itself, or another of its function for each row that goes. */
function runsForDelete(counting: Fired, fired: readonly Fired[]): Fired | undefined {
  return [counting, ...fired].find(
    ({ function: called, trigger: { events, level, when } }) =>
      called === counting.function && events.includes('delete') && level === 'row' && when === null,
  );
}

/** Undefined where the function, or what it calls, may write more than is seen. */
function readable(graph: SchemaGraph, trigger: Trigger): Fired | undefined {
  const called = trigger.function === null ? undefined : graph.find(trigger.function);
  if (called?.kind !== 'function' || graph.isDoubtful(called, ['functions'])) return undefined;
  const shape = routineShape(graph, called);
  const isPlain = !isUsersOwn(graph, called) || (shape.isWhole && shape.calls.every((id) => writesNothing(graph, id)));
  return isPlain ? { trigger, function: called, shape } : undefined;
}

function writesNothing(graph: SchemaGraph, id: Routine['id']): boolean {
  const called = graph.find(id);
  if (called?.kind !== 'function' || !isUsersOwn(graph, called)) return true;
  const { isWhole, writes, calls } = routineShape(graph, called);
  return isWhole && writes.length === 0 && calls.length === 0;
}

type Count = Omit<HalfCount, 'missed'>;

function countedOnInsert(graph: SchemaGraph, table: EntityOf<'table'>, fired: Fired): readonly Count[] {
  const { trigger, shape } = fired;
  if (trigger.level !== 'row' || trigger.when !== null || !trigger.events.includes('insert')) return [];
  return writesFor(fired, 'insert').flatMap(({ statement, query, write }): readonly Count[] => {
    const found = parentOf(graph, table.id, query, write);
    if (found === undefined || write.kind !== 'update') return [];
    return write.sets.flatMap(({ column: id, name, value }): readonly Count[] => {
      const column = id === null ? undefined : graph.find(id);
      if (column?.kind !== 'column' || value === null) return [];
      const isRecount = isAggregateOf(value, query, table);
      if (!isRecount && stepOf(value, name)?.amount == null) return [];
      return [
        { trigger, function: shape.routine, parent: found.parent, column, by: found.column, statement, isRecount },
      ];
    });
  });
}

type ReachedWrite = Pick<RoutineWrite, 'query' | 'write'> & { readonly statement: PlStatement };

/** What a row trigger writes when it runs for this. */
function writesFor({ trigger, shape }: Fired, event: RowEvent): readonly ReachedWrite[] {
  if (!trigger.events.includes(event) || shape.block === null) return [];
  return reachedFor([shape.block], event).flatMap((statement) => {
    if (statement.kind !== 'sql') return [];
    const { tree } = statement.sql;
    return shape.writes.filter(({ query }) => query.node === tree).map((each) => ({ ...each, statement }));
  });
}

/** `(select count(*) from votes where …)`, and sum() or avg() of them. */
function isAggregateOf(value: Node, { binding }: Query, { id }: EntityOf<'table'>): boolean {
  return anyNode(value, (node) => {
    const select = fieldsOf(fieldsOf(node, 'SubLink')?.subselect, 'SelectStmt');
    const [from, ...more] = select?.fromClause ?? [];
    const range = fieldsOf(from, 'RangeVar');
    if (range === undefined || more.length > 0 || relationOf(range, binding) !== id) return false;
    return anyNode(select?.targetList, (each) => {
      return AGGREGATES.has(stringsOf(fieldsOf(each, 'FuncCall')?.funcname).at(-1) ?? '');
    });
  });
}

const AGGREGATES: ReadonlySet<string> = new Set(['count', 'sum', 'avg']);

/** Does a trigger write the number then, of a row that may be there? */
function isKept({ column, parent }: Count, fired: readonly Fired[], event: RowEvent): boolean {
  return fired.some((each) => {
    if (!each.trigger.events.includes(event)) return false;
    const writes = each.trigger.level === 'row' ? writesFor(each, event) : each.shape.writes;
    return writes.some(({ query, write }) => {
      if (write.relation !== null && write.relation !== parent.id) return false;
      const where = fieldsOf(query.node, 'UpdateStmt')?.whereClause;
      if (each.trigger.level === 'row' && where !== undefined && isNeverTrue(where, startsFor(event))) return false;
      return write.relation === null || write.sets.some((set) => set.column === column.id || set.column === null);
    });
  });
}

/** Does what it runs for an UPDATE look at the key that the row had, or at all rows that there were? */
function asksForOld({ trigger, shape }: Fired, by: Column): boolean {
  if (!trigger.events.includes('update') || shape.block === null) return false;
  if (trigger.level === 'statement') return true;
  const names = (tree: Node) =>
    anyNode(tree, (node) => {
      const [row, name] = stringsOf(fieldsOf(node, 'ColumnRef')?.fields);
      return row === 'old' && (name === undefined || name === by.name);
    });
  const isAsked = reachedFor([shape.block], 'update').some((each) =>
    ownExpressions(each).some(({ tree }) => names(tree)),
  );
  return isAsked || (trigger.when !== null && names(trigger.when.tree));
}
