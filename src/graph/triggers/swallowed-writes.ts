import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { PlExpression, PlStatement, PlTarget } from '../../sql/plpgsql.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { firesInOrigin } from '../entities/trigger.ts';
import { failuresOf } from '../failures/failures.ts';
import { wordsOf } from '../lexicon/words.ts';
import { raisesError, targetsOf } from '../query-shapes/pl-statements.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import { missingRow, type RowEvent, reachedFor } from '../query-shapes/trigger-ways.ts';
import { bodyTree } from '../routines/body-tree.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from './write-guards.ts';

type Routine = EntityOf<'function'>;
type Trigger = EntityOf<'trigger'>;

/** What a trigger's function lets no row through for, though it says nothing of it. */
export interface SwallowedWrite {
  readonly event: 'insert' | 'delete';
  readonly triggers: readonly Trigger[];
  readonly returns: readonly SwallowingReturn[];
}

export interface SwallowingReturn {
  /** The row that is NULL. */
  readonly value: PlExpression;
  /** Its triggers come to it for other events as well. */
  readonly isShared: boolean;
}

const EVENTS: readonly RowEvent[] = ['insert', 'update', 'delete'];

/**
 * A BEFORE trigger for each row gives back the row to go on with, and NULL for none: the row is passed over, without an error (docs, 39.1). NEW is
 * NULL for a DELETE, OLD for an INSERT. Only where each way through the function that does not raise an error ends in that row, and nothing sets it:
 * RETURN NULL says what it does and is meant, and so is what keeps the row in another way (an UPDATE of the table: marked in place of deleted) or tells
 * the client that it stays.
 */
export function swallowedWrites(graph: SchemaGraph, routine: Routine): readonly SwallowedWrite[] {
  const tree = bodyTree(routine);
  if (tree.language !== 'plpgsql') return [];
  const all = graph.dependentsOfKind(routine.id, 'trigger').filter((each) => each.function === routine.id);
  return (['delete', 'insert'] as const).flatMap((event): readonly SwallowedWrite[] => {
    const judging = all.filter((each) => isJudging(graph, each, event));
    if (judging.length === 0) return [];
    const reached = reachedFor([tree.block], event);
    const values = returnsOf(reached, event);
    if (values === undefined || values.length === 0 || failuresOf(graph, routine).length > 0) return [];
    const triggers = judging.filter((each) => !isMeant(graph, reached, routine, each));
    if (triggers.length === 0) return [];
    const others = EVENTS.filter((each) => each !== event && all.some(({ events }) => events.includes(each)));
    const elsewhere = new Set(others.flatMap((each) => reachedFor([tree.block], each)));
    const returns = values.map(({ statement, value }) => ({ value, isShared: elsewhere.has(statement) }));
    return [{ event, triggers, returns }];
  });
}

/** Does what the trigger's function gives back decide for each row? With WHEN it is about some rows, which may be meant to stay. */
function isJudging(graph: SchemaGraph, trigger: Trigger, event: 'insert' | 'delete'): boolean {
  const { timing, level, when, events, relation } = trigger;
  if (timing !== 'before' || level !== 'row' || when !== null || !events.includes(event)) return false;
  if (!firesInOrigin(trigger)) return false;
  const table = graph.find(relation);
  if (table?.kind !== 'table' || table.isAssumed === true) return false;
  // A rule, or another trigger's error, comes before.
  if (graph.ownedBy(relation, 'rewriteRule').some((each) => each.event === event && each.isInstead)) return false;
  return event === 'insert' || !surelyRefused(graph, relation).has('delete');
}

interface ReturnedRow {
  readonly statement: PlStatement;
  readonly value: PlExpression;
}

/** All that a call may end in, where that is the missing row alone and nothing sets it. */
function returnsOf(reached: readonly PlStatement[], event: RowEvent): readonly ReturnedRow[] | undefined {
  const missing = missingRow(event);
  if (missing === undefined || reached.some((each) => sets(each, missing))) return undefined;
  const found: ReturnedRow[] = [];
  for (const statement of reached) {
    if (statement.kind !== 'return') continue;
    const { value } = statement;
    const [row, more] = stringsOf(fieldsOf(value?.tree, 'ColumnRef')?.fields);
    if (value === undefined || row !== missing || more !== undefined) return undefined;
    found.push({ statement, value });
  }
  return found;
}

/** May the statement give the row a value, or its name to something else? */
function sets(statement: PlStatement, row: 'new' | 'old'): boolean {
  const names = ({ tree }: PlExpression): boolean =>
    anyNode(tree, (node) => stringsOf(fieldsOf(node, 'ColumnRef')?.fields)[0] === row);
  const isRow = ({ name }: PlTarget): boolean => name[0] === row;
  if (statement.kind === 'assign') return names(statement.target);
  if (statement.kind === 'call') return names(statement.sql);
  if (statement.kind === 'block')
    return statement.declarations.some((each) => each.name === row || (each.kind === 'alias' && each.of === row));
  if (statement.kind === 'diagnostics') return statement.items.some(({ target }) => isRow(target));
  if (statement.kind === 'for-range') return isRow(statement.variable);
  return targetsOf(statement).some(isRow);
}

/** Words of a name that say that no row goes. */
const KEEPING: ReadonlySet<string> = new Set([
  ...['prevent', 'block', 'forbid', 'disallow', 'deny', 'refuse', 'reject', 'stop', 'ignore', 'skip', 'swallow', 'no'],
  ...['keep', 'protect', 'guard', 'never', 'cancel', 'suppress', 'soft', 'archive', 'undeletable', 'immutable', 'noop'],
]);

/** Messages that the client is shown. */
const SHOWN: ReadonlySet<string> = new Set(['notice', 'warning', 'info']);

function isMeant(graph: SchemaGraph, reached: readonly PlStatement[], routine: Routine, trigger: Trigger): boolean {
  if (reached.some((each) => each.kind === 'execute' || (each.kind === 'raise' && SHOWN.has(each.level)))) return true;
  const writers = writesTo(graph, trigger.relation).flatMap(({ holder, write }) =>
    write.kind === 'delete' ? [] : [holder.id],
  );
  const { calls } = routineShape(graph, routine);
  if (writers.some((each) => each === routine.id || calls.includes(each))) return true;
  // One that raises an error for the rows it keeps has nothing against the others.
  if (reached.some((each) => raisesError(each))) return false;
  return [routine.name.name, trigger.name].some((name) => wordsOf(name).some((word) => KEEPING.has(word)));
}
