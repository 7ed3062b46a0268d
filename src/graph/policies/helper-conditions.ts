import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller, callerSources } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { namesRowOutside, valueOfSelect } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Routine = EntityOf<'function'>;

/**
 * The function of the user's that a condition is a call of, given something of the new row and who calls: `may_vote(poll_id, auth.uid())`. What it is not
 * given it cannot look at. Undefined for one that reads the table itself, where it may find that very row, and for one that cannot be read as a whole.
 */
export function rowHelper(graph: SchemaGraph, part: BoundExpression, table: EntityId): Routine | undefined {
  const call = callIn(part.tree);
  const routine = calledFunction(graph, call, part);
  if (call === undefined || routine === undefined || !isUsersOwn(graph, routine)) return undefined;
  if (!namesRowOutside(call, part)) return undefined;
  const { args = [] } = fieldsOf(call, 'FuncCall') ?? {};
  const isGivenCaller = args.some((each) => callerSources(graph, each, part).length > 0);
  if (!isGivenCaller && !asksCallerInside(graph, routine)) return undefined;
  return readsNothingOf(graph, routine, table, new Set()) ? routine : undefined;
}

/** A call, perhaps alone in a subselect. */
function callIn(tree: Node): Node | undefined {
  const node = valueOfSelect(tree);
  return node !== undefined && 'FuncCall' in node ? node : undefined;
}

function asksCallerInside(graph: SchemaGraph, routine: Routine): boolean {
  return routineShape(graph, routine).expressions.some((each) => asksCaller(graph, each.tree, each));
}

function readsNothingOf(graph: SchemaGraph, routine: Routine, table: EntityId, seen: Set<EntityId>): boolean {
  if (seen.has(routine.id)) return true;
  seen.add(routine.id);
  const { isWhole, queries, calls } = routineShape(graph, routine);
  if (!isWhole || queries.some(({ unresolved }) => unresolved.length > 0)) return false;
  if (queries.some(({ sources }) => sources.some(({ relation }) => relation === table))) return false;
  return calls.every((id) => {
    const called = graph.find(id);
    if (called?.kind !== 'function' || !isUsersOwn(graph, called)) return true;
    return readsNothingOf(graph, called, table, seen);
  });
}
