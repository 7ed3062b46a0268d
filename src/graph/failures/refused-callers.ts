import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import type { Binding } from '../binding/binding.ts';
import { nullCalls } from '../caller/null-results.ts';
import { nullVariables } from '../caller/null-variables.ts';
import type { EntityOf } from '../entities/index.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { mayExecute } from '../privileges/privilege-questions.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import { unwrapped, variableOf } from '../query-shapes/operand.ts';
import { eachStatement, raisesError } from '../query-shapes/pl-statements.ts';
import { callersOf } from '../query-shapes/routine-calls.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { opaqueRoutines } from '../query-shapes/schema-queries.ts';
import { isCallerCall } from '../routines/caller-calls.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Routine = EntityOf<'function'>;

/**
 * Where the body refuses whoever is not signed in (`if auth.uid() is null then raise`), of a function that only service_role may call: requests with the service
 * key carry no user, so that auth.uid() is NULL for each of them. Not of one that another routine calls, nor where what EXECUTEs a text might; undefined then.
 */
export function refusesItsCallers(graph: SchemaGraph, routine: Routine): { readonly at: SourceLocation } | undefined {
  if (isTriggerFunction(routine) || !isForServiceRoleAlone(graph, routine)) return undefined;
  const at = refusalOfSignedOut(graph, routine);
  if (at === undefined || graph.dependents(routine.id).length > 0) return undefined;
  return callersOf(graph, routine).length > 0 || opaqueRoutines(graph).length > 0 ? undefined : { at };
}

/** Is it granted to service_role, and beside it to nobody but its owner? */
function isForServiceRoleAlone(graph: SchemaGraph, routine: Routine): boolean {
  const server = graph.global('role', 'service_role');
  if (server === undefined || !mayExecute(graph, server.id, routine)) return false;
  return routine.acl.every(({ grantee }) => grantee === server.id || grantee === routine.owner);
}

/** The condition under which each call ends in an error for whoever is not signed in, before the body may return. */
function refusalOfSignedOut(graph: SchemaGraph, routine: Routine): SourceLocation | undefined {
  const { block, expressions } = routineShape(graph, routine);
  if (block === null || block.handlers.length > 0) return undefined;
  const { names } = nullVariables(block, expressions, new Set(), nullCalls(graph));
  for (const statement of block.body) {
    const [branch] = statement.kind === 'if' ? statement.branches : [];
    const bound = branch && expressions.find(({ tree }) => tree === branch.condition.tree);
    if (branch !== undefined && bound !== undefined && branch.body.some(raisesError)) {
      if (disjuncts(bound.tree).some((each) => isMissingUser(each, bound, names))) return branch.condition.at;
    }
    if ([...eachStatement([statement])].some((each) => each.statement.kind === 'return')) return undefined;
  }
  return undefined;
}

/** `auth.uid() is null`, and of a variable that holds it. */
function isMissingUser(node: Node, binding: Binding, variables: ReadonlySet<string>): boolean {
  const { nulltesttype, arg } = fieldsOf(node, 'NullTest') ?? {};
  if (nulltesttype !== 'IS_NULL') return false;
  const name = variableOf(arg, binding);
  if (name !== null) return variables.has(name);
  const query = fieldsOf(fieldsOf(unwrapped(arg), 'SubLink')?.subselect, 'SelectStmt');
  const inner = query?.fromClause === undefined ? fieldsOf(query?.targetList?.[0], 'ResTarget')?.val : undefined;
  const call = fieldsOf(unwrapped(inner ?? arg), 'FuncCall');
  return call !== undefined && isCallerCall(call, binding) && stringsOf(call.funcname).at(-1) === 'uid';
}
