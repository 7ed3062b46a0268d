import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { admitsNothing, waysOf } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayAnyColumn, mayColumn } from '../privileges/privilege-questions.ts';
import { testsIn } from '../query-shapes/column-tests.ts';
import { isSetByDefiner } from '../query-shapes/schema-queries.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';
import { holdsUserId } from './writer-columns.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** A policy by which whoever wants may take a row that nobody has, while the row that somebody has taken does not pass it. */
export interface RefusedClaim {
  readonly access: readonly ClientAccess[];
  /** What says who has taken the row: NULL before and after. */
  readonly taker: Column;
  /** What else has to be as it was. */
  readonly states: readonly { readonly column: Column; readonly values: readonly string[] }[];
  /** What they may set to anything all the same. */
  readonly others: readonly Column[];
}

/**
 * `for update using (guest_id is null and state = 'open')` without WITH CHECK: USING is asked of the changed row too (docs, CREATE POLICY). Only where the
 * policy asks nothing else of the caller, so that it cannot be there for an owner who changes what is still free, and no other policy for UPDATE, trigger or
 * SECURITY DEFINER function lets the column be set.
 */
export function refusedClaim(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): RefusedClaim | undefined {
  const { using, check, command, isPermissive } = policy;
  if (!isPermissive || command !== 'update' || using === null || check !== null) return undefined;
  const [way, ...more] = waysOf(using) ?? [];
  if (way === undefined || more.length > 0 || way.some((part) => !isOfRowAlone(graph, part))) return undefined;
  const table = graph.get('table', policy.table);
  const taker = graph
    .columns(table.id)
    .find((each) => holdsUserId(graph, each) && way.some((part) => asksForNull(part, each.id)));
  if (taker === undefined || isSetByDefiner(graph, taker) || isGuarded(graph, table, taker, 'update')) return undefined;
  const access = policyAudience(graph, policy, clientRoles).filter(({ role, commands }) => {
    if (!commands.includes('update') || !mayColumn(graph, role, taker, 'w')) return false;
    if (!mayAnyColumn(graph, role, table, 'r')) return false;
    return policiesFor(graph, table, 'update', role).every((each) => each === policy || isShutTo(each, taker.id));
  });
  const [first] = access;
  if (first === undefined) return undefined;
  const states = way.flatMap((part) => statesIn(graph, part)).filter(({ column }) => column !== taker);
  const held = new Set([taker, ...states.map(({ column }) => column)]);
  const others = graph
    .columns(table.id)
    .filter((each) => !held.has(each) && each.generated === null && mayColumn(graph, first.role, each, 'w'));
  return { access, taker, states, others };
}

/** A condition about the row itself, or one that whoever is signed in meets. */
function isOfRowAlone(graph: SchemaGraph, part: BoundExpression): boolean {
  if (isOpenToSignedIn(part)) return true;
  const isLooking = callsUsersFunction(graph, part) || asksCaller(graph, part.tree, part);
  return !isLooking && testsIn(part.tree, part).some(({ test, isOuter }) => isOuter && test.isBare);
}

function asksForNull(part: BoundExpression, column: EntityId): boolean {
  return testsIn(part.tree, part).some(
    ({ test, isOuter }) => isOuter && test.column === column && test.isBare && test.kind === 'isNull',
  );
}

/** Does the policy refuse each changed row with a value in the column? A restrictive one lets nothing through by itself. */
function isShutTo(policy: Policy, column: EntityId): boolean {
  const clause = policy.check ?? policy.using;
  if (!policy.isPermissive || clause === null || admitsNothing(policy, 'update')) return true;
  if (foldBoolean(clause.tree) === false) return true;
  return waysOf(clause)?.every((way) => way.some((part) => asksForNull(part, column))) ?? false;
}

/** `state = 'open'`, `state in ('open', 'new')`. */
function statesIn(graph: SchemaGraph, part: BoundExpression): RefusedClaim['states'] {
  return testsIn(part.tree, part).flatMap(({ test, isOuter }) => {
    const isState = isOuter && test.isBare && (test.kind === 'equal' || test.kind === 'in');
    return isState && test.constants.length > 0
      ? [{ column: graph.get('column', test.column), values: test.constants }]
      : [];
  });
}
