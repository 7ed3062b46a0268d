import type { FuncCall, Node } from '@pgsql/types';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { type Call, callsOf } from '../binding/questions/calls.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callsInside } from '../caller/helper-calls.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { ownColumn } from '../own-column.ts';
import { policyCallsOf } from '../policies/policy-calls.ts';
import { tenantColumns } from '../policies/tenant-columns.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import { isInlinable } from '../routines/inlinable.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isBuiltIn } from '../types/type-ref.ts';
import { isUsersOwn } from '../users-own.ts';
import { isEvaluated, isOutvoted, standsAlone } from './evaluated-policies.ts';
import { guardInAnd } from './guarded-call.ts';

type Routine = EntityOf<'function'>;
type Policy = EntityOf<'policy'>;

/** A policy for reading that asks a function about each row, though by nothing but the group that many rows are of. */
export interface GroupCall {
  readonly policy: Policy;
  readonly call: Call;
  readonly column: EntityOf<'column'>;
  /** It is given auth.uid() or its like as well. */
  readonly isGivenTheCaller: boolean;
}

/**
 * Where policies for reading give the function the tenant of the row, and nothing else of it: it runs its queries for each row, though the answer is the
 * same for all rows of one tenant (measured on Postgres 18: 3,000 rows 427 ms, with `team_id in (select …)` 4 ms).
 * @param configuredTenants `settings.tenantColumns`
 */
export function groupCallsOf(
  graph: SchemaGraph,
  routine: Routine,
  clientRoles: readonly string[],
  configuredTenants: readonly string[],
): readonly GroupCall[] {
  if (!isUsersOwn(graph, routine) || !isBuiltIn(routine.returns, 'bool') || !asksTables(graph, routine)) return [];
  const tenants = tenantColumns(graph, configuredTenants);
  return policyCallsOf(graph, routine.id).flatMap(({ policy, call, isForWritten }): readonly GroupCall[] => {
    const { using, command, isPermissive } = policy;
    if (isForWritten || using === null || !isPermissive || (command !== 'select' && command !== 'all')) return [];
    if (call.runs.per !== 'outer row' || call.isInSubselect || !callsOf(using).includes(call)) return [];
    const column = groupGiven(graph, using, call);
    if (column === undefined || !tenants.has(column.id)) return [];
    if (!isEvaluated(graph, policy, clientRoles) || isOutvoted(graph, policy, clientRoles)) return [];
    const isSorted = standsAlone(graph, policy, clientRoles);
    return guardInAnd(graph, using, call.call, isSorted) === 'few'
      ? []
      : [{ policy, call, column, isGivenTheCaller: isGivenTheCaller(using, call) }];
  });
}

/** The one column of the row that is given to the call, if no more of the row is and many rows may share its value. */
function groupGiven(graph: SchemaGraph, using: BoundExpression, { args }: Call): EntityOf<'column'> | undefined {
  const given = args.filter((each) => namesRow(each, using));
  const [only, another] = given;
  const id: EntityId | undefined = another === undefined ? ownColumn(only, using) : undefined;
  const column = id === undefined ? undefined : graph.get('column', id);
  return column === undefined || isUniqueAlone(graph, column) ? undefined : column;
}

function isGivenTheCaller(using: BoundExpression, { call }: Call): boolean {
  return [...callsInside(call)].some((each) => isCallerCall(each, using));
}

function namesRow(node: Node, { meanings }: BoundExpression): boolean {
  return anyNode(node, (each) => 'ColumnRef' in each && meanings.get(each.ColumnRef)?.kind !== 'variable');
}

/**
 * The function that is given something of the row and, beside it, what this call gives: it runs for each row in any case, and its queries cost far more
 * than what it is given.
 */
export function rowHelperAround(graph: SchemaGraph, expression: BoundExpression, call: FuncCall): Routine | undefined {
  for (const { call: around, function: called, hasColumnArgument } of callsOf(expression)) {
    if (!hasColumnArgument || called?.id === undefined || !callsInside(around).has(call)) continue;
    const routine = graph.find(called.id);
    if (routine?.kind === 'function' && isUsersOwn(graph, routine) && asksTables(graph, routine)) return routine;
  }
  return undefined;
}

/** Does a call of the function run a query on a table, its own or one of a function that it calls in turn? */
const asksTables = askedOnce((graph: SchemaGraph, routine: Routine): boolean => {
  if (routine.routine !== 'function' || isInlinable(routine)) return false;
  const seen = new Set<EntityId>();
  const asks = (each: Routine): boolean => {
    if (seen.has(each.id)) return false;
    seen.add(each.id);
    const { queries, calls } = routineShape(graph, each);
    if (queries.some(({ sources }) => sources.length > 0)) return true;
    return calls.some((id) => {
      const called = graph.find(id);
      return called?.kind === 'function' && isUsersOwn(graph, called) && asks(called);
    });
  };
  return asks(routine);
});
