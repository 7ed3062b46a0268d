import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode, nodesOf } from '../../sql/walk.ts';
import { bareValue } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import { fieldsOfStatement, type History, type Statement } from '../journal.ts';
import { apiCallers, clientsExecuting, isTriggerFunction } from '../privileges/api-calls.ts';
import type { Bound } from '../query-shapes/block-queries.ts';
import { callersOf } from '../query-shapes/routine-calls.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { shapesBelow } from '../query-shapes/shapes-below.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { aclChanges } from './acl-changes.ts';
import { bornBy } from './born-in.ts';
import { namedGrants } from './named-grants.ts';

type Routine = EntityOf<'function'>;
type Settings = Parameters<typeof apiCallers>[2];

/** Functions for clients that no client may call, as new functions are closed to them here and nobody opened these. */
export interface UncallableFunctions {
  readonly routines: readonly Routine[];
  /** What closes new functions. */
  readonly by: Statement;
  /** One that is opened to clients by name, as these are not. */
  readonly opened: Routine;
}

/**
 * SECURITY DEFINER functions of a schema that the API serves whose bodies ask which user calls: whoever has the service key is no user, and needs no other's
 * rights. Only where ALTER DEFAULT PRIVILEGES takes EXECUTE from new functions, others are granted to clients by name, and no GRANT or REVOKE is about these.
 * Not what something else calls, nor what lets a caller without a user through.
 */
export function uncallableFunctions(
  graph: SchemaGraph,
  history: History,
  settings: Settings,
): UncallableFunctions | undefined {
  const routines = graph.ofKind('function').filter((each) => isForgotten(graph, history, each, settings));
  const [first] = routines;
  const opened = first && graph.ofKind('function').find((each) => isOpened(graph, history, each, settings));
  const by = first && closingBefore(history, bornBy(history.journal, first.id));
  return by === undefined || opened === undefined ? undefined : { routines, by, opened };
}

function isForgotten(graph: SchemaGraph, history: History, routine: Routine, settings: Settings): boolean {
  if (routine.security !== 'definer' || routine.routine !== 'function' || isTriggerFunction(routine)) return false;
  if (!isUsersOwn(graph, routine) || !settings.exposedSchemas.includes(routine.name.schema)) return false;
  if (graph.isDoubtful(routine, ['privileges']) || clientsExecuting(graph, routine, settings.clientRoles).length > 0)
    return false;
  const born = bornBy(history.journal, routine.id);
  if (born === undefined || closingBefore(history, born) === undefined) return false;
  if (aclChanges(history.journal, routine.id).length > 1) return false;
  const { granted, revoked, fromPublic } = namedGrants(history, routine);
  if (granted.size + revoked.size > 0 || fromPublic !== undefined) return false;
  if (graph.dependents(routine.id).length > 0 || callersOf(graph, routine).length > 0) return false;
  return asksWhichUser(graph, routine);
}

function isOpened(graph: SchemaGraph, history: History, routine: Routine, settings: Settings): boolean {
  if (!isUsersOwn(graph, routine) || apiCallers(graph, routine, settings).length === 0) return false;
  const { granted } = namedGrants(history, routine);
  return settings.clientRoles.some((each) => granted.has(each));
}

/** The last ALTER DEFAULT PRIVILEGES that takes EXECUTE from functions made from then on. */
function closingBefore({ statements }: History, born: Statement | undefined): Statement | undefined {
  if (born === undefined) return undefined;
  return statements.findLast((each) => {
    const { action } = fieldsOfStatement(each, 'AlterDefaultPrivilegesStmt') ?? {};
    return each.index < born.index && action?.objtype === 'OBJECT_FUNCTION' && action.is_grant !== true;
  });
}

/** By itself or by what it calls, and without another answer for a caller who is no user. */
function asksWhichUser(graph: SchemaGraph, routine: Routine): boolean {
  const shape = routineShape(graph, routine);
  const below = [...shapesBelow(graph, shape)];
  if (below.some((each) => /service_role|auth\.role\b/.test(each.routine.body?.text ?? 'service_role'))) return false;
  const expressions = below.flatMap((each) => each.expressions);
  return expressions.some((each) => asksUser(each)) && !expressions.some((each) => takesNobody(each));
}

function asksUser(bound: Bound): boolean {
  return nodesOf(bound.tree, 'FuncCall').some((each) => isUser({ FuncCall: each }, bound));
}

/** auth.uid(), auth.jwt(), auth.email(). */
function isUser(node: Node | undefined, bound: Bound): boolean {
  const call = fieldsOf(node, 'FuncCall');
  const isOfSession = call !== undefined && isCallerCall(call, bound);
  return isOfSession && ['uid', 'jwt', 'email'].includes(writtenName(call.funcname).name);
}

/** `coalesce(user_id, auth.uid())`, `auth.uid() is null or …`, `if auth.uid() is not null and …`. */
function takesNobody(bound: Bound): boolean {
  const isTest = (node: Node, which: string | undefined) => {
    const { arg, nulltesttype } = fieldsOf(node, 'NullTest') ?? {};
    return arg !== undefined && isUser(bareValue(arg), bound) && (which === undefined || nulltesttype === which);
  };
  const isEither = nodesOf(bound.tree, 'BoolExpr').some(({ args = [] }) =>
    args.some((each) => isTest(each, 'IS_NULL')),
  );
  const isGiven = nodesOf(bound.tree, 'CoalesceExpr').some(({ args = [] }) =>
    args.some((each) => isUser(bareValue(each), bound)),
  );
  return isEither || isGiven || anyNode(bound.tree, (node) => isTest(node, 'IS_NOT_NULL'));
}
