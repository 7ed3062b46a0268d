import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { canonical } from '../binding/canonical.ts';
import { isNeverTrue } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller, callAsksCaller, functionAsksCaller } from '../caller/caller-source.ts';
import { isOpenToRole } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { nullCondition } from '../nulls/null-condition.ts';
import { columnsNamed, ownColumn } from '../own-column.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import { constantOf } from '../query-shapes/operand.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { calledFunction, callsUsersFunction } from '../routines/called-function.ts';
import { isNamedInBody } from '../routines/function-body.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { surelyRefused } from '../triggers/write-guards.ts';
import { isUsersOwn } from '../users-own.ts';
import { neverTrue } from '../values/impossible-values.ts';
import { partOf } from './alternatives.ts';
import { areRowsHeld } from './held-rows.ts';
import { admittingPolicies, policyAudience } from './policy-audience.ts';
import { decidingClause, isAlwaysTrue, waysOf } from './policy-clauses.ts';
import { provisionedWhole } from './provisioned-rows.ts';
import type { RowCommand } from './row-security.ts';

type Policy = EntityOf<'policy'>;
type Written = 'update' | 'delete';

/** Rows that clients may change or delete by a policy that asks for the state of the row, and for nothing of who they are. */
export interface CallerlessWrite {
  readonly access: readonly (ClientAccess & { readonly commands: readonly Written[] })[];
  /** The conditions of the row, all of which have to hold. */
  readonly asked: readonly BoundExpression[];
  /** Who may add rows that meet them too: the policy is for that as well, and asks no more of a new row. */
  readonly adding: readonly ClientAccess[];
}

/**
 * Undefined for a policy that is always true, or true for everyone signed in; where WITH CHECK ties the new row to the caller (who takes an
 * open job); where a restrictive policy or a trigger has a word; and where the SELECT policies show nobody but the owner such rows.
 */
export function callerlessWrite(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): CallerlessWrite | undefined {
  if (!policy.isPermissive || policy.using === null) return undefined;
  const table = graph.get('table', policy.table);
  const found = policyAudience(graph, policy, clientRoles).flatMap((each) => {
    const ways = WRITTEN.flatMap((command) => {
      if (!each.commands.includes(command) || isHeld(graph, table, command, each)) return [];
      const own = wayFor(graph, policy, command, each.name);
      const shown = own && shownOf(graph, table, own, each);
      return own === undefined || shown === undefined ? [] : [{ command, own, way: [...own, ...shown] }];
    });
    const [first] = ways;
    return first === undefined ? [] : [{ access: each, commands: ways.map(({ command }) => command), ...first }];
  });
  const [first] = found;
  return (
    first && {
      access: found.map(({ access, commands }) => ({ ...access, commands })),
      asked: first.way,
      adding: found.filter(({ access }) => mayAdd(graph, policy, access, first.own)).map(({ access }) => access),
    }
  );
}

/** Surely: a trigger may refuse a row, or make another of it. */
function mayAdd(graph: SchemaGraph, policy: Policy, access: ClientAccess, asked: readonly BoundExpression[]): boolean {
  const table = graph.get('table', policy.table);
  if (!access.commands.includes('insert') || provisionedWhole(graph, table) !== undefined) return false;
  if (areRowsHeld(graph, table, 'insert', access.role)) return false;
  const rules = graph.ownedBy(table.id, 'rewriteRule').map(({ event }) => event);
  const triggers = graph.ownedBy(table.id, 'trigger').flatMap(({ events }) => events);
  if (rules.includes('insert') || triggers.includes('insert')) return false;
  const wanted = textsOf(asked);
  const ways = callerlessWays(graph, decidingClause(policy, 'insert'), access.name);
  return ways.some((each) => [...textsOf(each.asked)].every((one) => wanted.has(one)));
}

function textsOf(asked: readonly BoundExpression[]): ReadonlySet<string> {
  return new Set(asked.map((each) => canonical(each.tree, each, String)));
}

const WRITTEN: readonly Written[] = ['update', 'delete'];

function isHeld(graph: SchemaGraph, table: EntityOf<'table'>, command: Written, access: ClientAccess): boolean {
  if (areRowsHeld(graph, table, command, access.role)) return true;
  return surelyRefused(graph, table.id).has(command) || asksByTrigger(graph, table, command);
}

/**
 * What a SELECT policy that asks nothing of the caller wants beside: it shows everybody of the role such rows (a WHERE meets no others), or those of them
 * of which functions say so by what the rows belong to (`is_public(project_id)`). Undefined where none does.
 */
function shownOf(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  way: readonly BoundExpression[],
  access: ClientAccess,
): readonly BoundExpression[] | undefined {
  const asked = textsOf(way);
  const beside = admittingPolicies(graph, table, 'select', access).flatMap((each) => {
    if (isAlwaysTrue(each, 'select')) return [[]];
    return callerlessWays(graph, decidingClause(each, 'select'), access.name).map((shown) =>
      shown.asked.filter((one) => !asked.has(canonical(one.tree, one, String))),
    );
  });
  const columns = new Set(way.flatMap((each) => [...columnsNamed(each)]));
  return beside
    .toSorted((one, other) => one.length - other.length)
    .find((parts) => parts.every((each) => isOfWhatItBelongsTo(graph, table, each, columns)));
}

/** Does a function say it by other columns than those, and not by the table itself, of which the one may be where the other is not? */
function isOfWhatItBelongsTo(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  part: BoundExpression,
  columns: ReadonlySet<EntityId>,
): boolean {
  const called = calledFunction(graph, part.tree, part);
  if (called === undefined || isNamedInBody(called, table.name.name)) return false;
  return [...columnsNamed(part)].every((each) => !columns.has(each));
}

/** Does a trigger that comes before the row is written ask who calls, or may it do so? */
export function asksByTrigger(graph: SchemaGraph, { id }: EntityOf<'table'>, command: Written | 'insert'): boolean {
  return graph.ownedBy(id, 'trigger').some((each) => {
    if (each.timing !== 'before' || each.enabled === 'disabled' || !each.events.includes(command)) return false;
    const called = each.function === null ? undefined : graph.find(each.function);
    return called?.kind !== 'function' || functionAsksCaller(graph, called) !== false;
  });
}

function wayFor(
  graph: SchemaGraph,
  policy: Policy,
  command: Written,
  role: string,
): readonly BoundExpression[] | undefined {
  const way = callerlessWays(graph, policy.using, role).find(({ asked }) => asked.length > 0)?.asked;
  if (command === 'delete' || policy.check === null) return way;
  return callerlessWays(graph, policy.check, role).length > 0 ? way : undefined;
}

/** A way through a clause that asks nothing of the caller. */
export interface CallerlessWay {
  /** Its conditions, all of which have to hold. */
  readonly way: readonly BoundExpression[];
  /** Those of them that not everybody of the role meets. */
  readonly asked: readonly BoundExpression[];
}

export function callerlessWays(
  graph: SchemaGraph,
  clause: BoundExpression | null,
  role: string,
): readonly CallerlessWay[] {
  return (clause === null ? [] : (waysOf(clause) ?? [])).flatMap((way) => {
    const asked = way.filter((each) => !isOpenToRole(each, role));
    return clause !== null && asked.every((each) => isAboutRow(graph, each))
      ? [{ way, asked: asked.map((each) => partOf(clause, each.tree)) }]
      : [];
  });
}

/** Is there a policy for the command that asks nothing of the caller? */
export function admitsWhoever(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: RowCommand,
  access: Pick<ClientAccess, 'name' | 'role'>,
): boolean {
  return admittingPolicies(graph, table, command, access).some(
    (each) => callerlessWays(graph, decidingClause(each, command), access.name).length > 0,
  );
}

/** Nothing is known of what a subselect finds: the policies of what it reads may ask who calls. No row is as some conditions want it. */
function isAboutRow(graph: SchemaGraph, part: BoundExpression): boolean {
  if (answersSameForAll(graph, part)) return true;
  if (asksCaller(graph, part.tree, part) || callsUsersFunction(graph, part)) return false;
  if (anyNode(part.tree, (_, tag) => tag === 'SubLink' || tag === 'SQLValueFunction')) return false;
  const isImpossible = neverTrue(graph, part.tree, part, { row: 'around' }) !== undefined;
  return !isNeverTrue(part.tree) && !isImpossible && nullCondition(graph, part)?.admits !== 'none';
}

/** `is_set('teams_enabled')`, `is_public(project_id)`: a function that is given constants and columns of the row alone, and gives everybody the same answer. */
function answersSameForAll(graph: SchemaGraph, part: BoundExpression): boolean {
  const called = calledFunction(graph, part.tree, part);
  const call = fieldsOf(part.tree, 'FuncCall');
  const given = call?.args ?? [];
  const isKnown = (each: Node) => constantOf(each) !== null || ownColumn(each, part) !== undefined;
  if (called === undefined || call === undefined || given.length === 0 || !given.every(isKnown)) return false;
  return callAsksCaller(graph, called, call) === false && readsSameForAll(graph, called);
}

/** Do the policies of each table that the body names, in whatever it runs, show all rows? */
const readsSameForAll = askedOnce((graph: SchemaGraph, called: EntityOf<'function'>): boolean => {
  if (routineShape(graph, called).calls.length > 0) return false;
  if (graph.ofKind('view').some((each) => isUsersOwn(graph, each) && isNamedInBody(called, each.name.name)))
    return false;
  const named = graph
    .ofKind('table')
    .filter((each) => isUsersOwn(graph, each) && isNamedInBody(called, each.name.name));
  return named.every((each) => {
    const isPast = called.security === 'definer' && !isUnderRowSecurity(graph, called.owner, each);
    return isPast || graph.ownedBy(each.id, 'policy').some((one) => isAlwaysTrue(one, 'select'));
  });
});
