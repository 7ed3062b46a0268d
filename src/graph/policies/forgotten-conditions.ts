import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { subselectsOf } from '../binding/questions/subselects.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { columnsNamed, ownColumns } from '../own-column.ts';
import { isLeftTo, type OwnRowWrite, ownRowWrites } from '../own-rows/own-row-writes.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { Grantee } from '../privileges/privileges.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import { routineDeeds } from '../query-shapes/routine-deeds.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { waysThrough } from '../query-shapes/ways-through.ts';
import { calledFunction } from '../routines/called-function.ts';
import { sameExpression } from '../same-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { partOf } from './alternatives.ts';
import { policyAudience } from './policy-audience.ts';
import { conditionsOf, waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';
import { policiesShowingBy } from './showing-by-column.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** What a new row has to pass and a changed one has not. */
export interface ForgottenCondition {
  readonly column: Column;
  /** The one policy for INSERT. */
  readonly insert: Policy;
  /** The tables in which it looks the column's value up. */
  readonly asked: readonly EntityId[];
  /** All that it looks up of this column and of others that are forgotten alike, each with its own text. */
  readonly conditions: readonly BoundExpression[];
  /** It looks the caller up there as well. */
  readonly asksCaller: boolean;
  /** The way through the UPDATE policy that names the column nowhere. */
  readonly way: readonly BoundExpression[];
  /** The row is the caller's by this write; null where it stands in a place of the caller's. */
  readonly write: OwnRowWrite | null;
  /** Of a row in a place: the policies of other tables that show rows by the column. */
  readonly deciders: readonly Policy[];
  readonly access: readonly ClientAccess[];
}

/**
 * A condition on one column that the only INSERT policy looks up in another table, while the only UPDATE policy, which ties rows to the caller by
 * the same column as that, names the column nowhere. None where something else holds the column: a grant, a trigger, a restrictive policy, or the
 * policies for reading, which an UPDATE that names its rows has to pass too.
 */
export function forgottenCondition(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ForgottenCondition | undefined {
  if (policy.command !== 'update') return undefined;
  const table = graph.get('table', policy.table);
  const [write, another] = ownRowWrites(graph, policy, clientRoles);
  if (another !== undefined) return undefined;
  if (write === undefined) return forgottenInPlace(graph, table, policy, clientRoles);
  const insert = onlyInsertOf(graph, policy, write.access);
  if (insert === undefined) return undefined;
  const { check } = insert;
  const tied = new Set(callerComparisons(graph, check).flatMap((each) => (each.via === 'value' ? each.column : [])));
  if (!write.tied.every((each) => tied.has(each))) return undefined;
  const isHeld = (column: Column) => write.tied.includes(column.id) || !write.leavesFree(column);
  const found = forgottenOf(graph, table, policy, check, write.access, isHeld);
  return found && { ...found, insert: insert.policy, way: write.way, write, deciders: [] };
}

/**
 * The same where a row belongs by its place: all that the UPDATE policy asks (my_shelf(shelf_id)) the INSERT policy asks too. Only of a column by which
 * policies of other tables show rows.
 */
function forgottenInPlace(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  policy: Policy,
  clientRoles: readonly string[],
): ForgottenCondition | undefined {
  const clause = policy.check ?? policy.using;
  const [way, another] = (clause === null ? undefined : waysOf(clause)) ?? [];
  if (!policy.isPermissive || way === undefined || another !== undefined) return undefined;
  if (!way.some((each) => isPlace(graph, each))) return undefined;
  const access = policyAudience(graph, policy, clientRoles).filter(({ commands }) => commands.includes('update'));
  const insert = onlyInsertOf(graph, policy, access);
  if (insert === undefined) return undefined;
  const { check } = insert;
  const asked = conditionsOf(check);
  if (!way.every((part) => asked.some((each) => sameExpression(each, part)))) return undefined;
  const named = new Set(way.flatMap((each) => [...columnsNamed(each)]));
  const isHeld = (column: Column) =>
    named.has(column.id) ||
    column.generated !== null ||
    !access.some((each) => isLeftTo(graph, table, column, 'update', each)) ||
    policiesShowingBy(graph, column).length === 0;
  const found = forgottenOf(graph, table, policy, check, access, isHeld);
  return (
    found && { ...found, insert: insert.policy, way, write: null, deciders: policiesShowingBy(graph, found.column) }
  );
}

/** `my_shelf(shelf_id)`, `shelf_id in (select …)`: the caller belongs where the row stands. */
function isPlace(graph: SchemaGraph, part: BoundExpression): boolean {
  return callerComparisons(graph, part).some(({ via }) => via === 'argument' || via === 'membership');
}

type Forgotten = Pick<ForgottenCondition, 'column' | 'asked' | 'asksCaller' | 'access' | 'conditions'>;

/** What the check looks up of columns that nothing holds; of the first, with the conditions of all. */
function forgottenOf(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  { using }: Policy,
  check: BoundExpression,
  clients: readonly ClientAccess[],
  isHeld: (column: Column) => boolean,
): Forgotten | undefined {
  const forgotten = conditionsOf(check).flatMap((condition) => {
    const found = lookedUp(graph, table.id, condition);
    if (found === undefined || isHeld(found.column)) return [];
    const { column } = found;
    if (using !== null && ownColumns(using.tree, using).has(column.id)) return [];
    const access = clients.filter(({ role }) => mayBeRead(graph, table, column, role));
    return access.length === 0 ? [] : [{ ...found, access, condition: partOf(check, condition.tree) }];
  });
  const [first] = forgotten;
  return first && { ...first, conditions: forgotten.map((each) => each.condition) };
}

/** The one permissive policy for INSERT of all of these clients, and its check. */
function onlyInsertOf(
  graph: SchemaGraph,
  policy: Policy,
  access: readonly ClientAccess[],
): { readonly policy: Policy; readonly check: BoundExpression } | undefined {
  const inserts = access.map(({ role }) => onlyInsert(graph, policy, role));
  const [insert] = inserts;
  if (insert?.check == null || inserts.some((each) => each !== insert)) return undefined;
  return { policy: insert, check: insert.check };
}

/** The one permissive policy for INSERT, where the policy is the only one for UPDATE. */
function onlyInsert(graph: SchemaGraph, policy: Policy, role: Grantee): Policy | undefined {
  const table = graph.get('table', policy.table);
  const [inserts, updates] = (['insert', 'update'] as const).map((command) =>
    policiesFor(graph, table, command, role).filter((each) => each.isPermissive),
  );
  return inserts?.length === 1 && updates?.length === 1 && inserts[0]?.command === 'insert' ? inserts[0] : undefined;
}

/** The one column of the row whose value a condition looks up in other tables, by a subselect or a function, if it has one at all. */
function lookedUp(
  graph: SchemaGraph,
  table: EntityId,
  condition: BoundExpression,
): Pick<ForgottenCondition, 'column' | 'asked' | 'asksCaller'> | undefined {
  const asked = askedBy(graph, lookupIn(condition), condition);
  const [id, another] = ownColumns(condition.tree, condition);
  const column = id === undefined || another !== undefined ? undefined : graph.get('column', id);
  if (asked.length === 0 || asked.includes(table) || column?.relation !== table) return undefined;
  const comparisons = callerComparisons(graph, condition).filter((each) => each.column === column.id);
  return { column, asked, asksCaller: comparisons.some(({ via }) => via === 'membership' || via === 'argument') };
}

/** Of `team_id is null or …` the other side: a row of no team asks nothing. */
function lookupIn(condition: BoundExpression): Node {
  const [other, more] = disjuncts(condition.tree).filter((each) => !isNullTest(each));
  return other === undefined || more !== undefined ? condition.tree : other;
}

function isNullTest(node: Node): boolean {
  const { nulltesttype, arg } = fieldsOf(node, 'NullTest') ?? {};
  return nulltesttype === 'IS_NULL' && arg !== undefined && 'ColumnRef' in arg;
}

/** The tables that it reads itself, or in the function that it calls. */
function askedBy(graph: SchemaGraph, tree: Node, condition: BoundExpression): readonly EntityId[] {
  if ('SubLink' in tree) return [...new Set(subselectsOf(tree, condition).flatMap((each) => each.relations))];
  const called = 'FuncCall' in tree ? calledFunction(graph, tree, condition) : undefined;
  if (called === undefined || !isUsersOwn(graph, called) || graph.isDoubtful(called, ['functions'])) return [];
  return routineShape(graph, called).isWhole ? routineDeeds(graph, called).reads : [];
}

/** May the role read a row whatever the column holds? */
export function mayBeRead(graph: SchemaGraph, table: EntityOf<'table'>, column: Column, role: Grantee): boolean {
  const policies = policiesFor(graph, table, 'select', role).filter((each) => each.using !== null);
  const isAbout = (tree: Node, { using }: Policy) => using !== null && ownColumns(tree, using).has(column.id);
  if (policies.some((each) => !each.isPermissive && each.using !== null && isAbout(each.using.tree, each)))
    return false;
  return policies.some(
    (each) =>
      each.isPermissive &&
      each.using !== null &&
      waysThrough(each.using.tree)?.some((parts) => !parts.some((part) => isAbout(part, each))) === true,
  );
}
