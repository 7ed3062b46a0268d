import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { nodesOf } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import { foldBoolean } from '../binding/questions/fold-boolean.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { isClosedToSignedOut } from '../caller/closed-conditions.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { columnsNamed, referencedColumn } from '../own-column.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { waysOf } from '../policies/policy-clauses.ts';
import { policiesFor } from '../policies/row-security.ts';
import { type ClientAccess, LETTERS } from '../privileges/client-access.ts';
import { mayColumn } from '../privileges/privilege-questions.ts';
import { conjuncts } from '../query-shapes/column-tests.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isGuarded } from '../triggers/trigger-guards.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** A policy that lets clients write rows of their own, and what of such a row it leaves to them. */
export interface OwnRowWrite {
  readonly command: 'insert' | 'update';
  readonly access: readonly ClientAccess[];
  /** The conditions of the alternative, all of which have to hold. */
  readonly way: readonly BoundExpression[];
  /** Columns that must equal the caller. */
  readonly tied: readonly EntityId[];
  /** The policy lets nobody write for another reason: no alternative beside this one. */
  readonly isSole: boolean;
  /** May a client choose the value of the column: the grants let it, no clause or restrictive policy looks at it, and no trigger (but of this function) may stop it? */
  readonly leavesFree: (column: Column, but?: EntityId) => boolean;
}

/**
 * The writes of a permissive policy in which it asks nothing but who calls: each condition of one of its alternatives ties a column to the
 * caller, compares with constants, or is met by every user. Empty for one that is true for every row, and for one that looks anything up.
 * @param isMet what is taken to be met, whatever it looks up: that the caller is a member, say
 * @param isTie what makes a row the caller's without a column that says so
 */
export function ownRowWrites(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
  isMet: (part: BoundExpression) => boolean = () => false,
  isTie: (part: BoundExpression) => boolean = () => false,
): readonly OwnRowWrite[] {
  const clause = policy.check ?? policy.using;
  if (!policy.isPermissive || clause === null || foldBoolean(clause.tree) === true) return [];
  const audience = policyAudience(graph, policy, clientRoles);
  const ways = waysOf(clause) ?? [];
  return (['insert', 'update'] as const).flatMap((command) => {
    const reached = audience.filter(({ commands }) => commands.includes(command));
    return ways.flatMap((branch): readonly OwnRowWrite[] => {
      const access = reached.filter(
        ({ name }) => name !== 'anon' || !branch.some((each) => isClosedToSignedOut(graph, each)),
      );
      const asked = branch.map((each) => (isMet(each) ? [] : tiesAsked(graph, each)));
      if (access.length === 0 || asked.some((each) => each === undefined)) return [];
      const tied = asked.flatMap((each) => each ?? []);
      if (tied.length === 0 && !branch.some(isTie)) return [];
      const named = new Set(branch.flatMap((each) => [...columnsNamed(each)]));
      const leavesFree = (column: Column, but?: EntityId) =>
        !named.has(column.id) && column.generated === null && isFree(graph, policy, column, command, access, but);
      return [{ command, access, way: branch, tied, isSole: ways.length === 1, leavesFree }];
    });
  });
}

/**
 * The columns that a condition ties to the caller; none for one about constants, or that every user meets. Undefined where it asks for more: what a table
 * says, a function, a role of the caller.
 */
export const tiesAsked = askedOnce((graph: SchemaGraph, part: BoundExpression): readonly EntityId[] | undefined => {
  const comparisons = callerComparisons(graph, part);
  const isIn = fieldsOf(part.tree, 'SubLink')?.subLinkType === 'ANY_SUBLINK';
  const isTie =
    ('A_Expr' in part.tree || isIn) &&
    comparisons.length > 0 &&
    comparisons.every(({ via, isOwnValue, isCorrelated }) => {
      if (!isOwnValue || isCorrelated) return false;
      return (via === 'value' && !isIn) || (via === 'membership' && findsCallersKey(graph, part));
    });
  if (isTie) return comparisons.map(({ column }) => column);
  if (looksAnythingUp(graph, part)) return undefined;
  return isOpenToSignedIn(part) || !asksCaller(graph, part.tree, part) ? [] : undefined;
});

/**
 * `user_id = (select id from users where auth_id = auth.uid())`: what is found is the key of a row, and so the caller by another name. With IN only
 * where there is one such row for each user, as a key or the name of the table says.
 */
export function findsCallersKey(graph: SchemaGraph, part: BoundExpression): boolean {
  return nodesOf(part.tree, 'SubLink').some(({ subLinkType, subselect }) => {
    if (subLinkType !== 'EXPR_SUBLINK' && subLinkType !== 'ANY_SUBLINK') return false;
    const { targetList, whereClause } = fieldsOf(subselect, 'SelectStmt') ?? {};
    if (!isKey(graph, fieldsOf(targetList?.[0], 'ResTarget')?.val, part)) return false;
    return subLinkType === 'EXPR_SUBLINK' || conjuncts(whereClause).some((each) => isUsersKey(graph, each, part));
  });
}

/** `auth_id = auth.uid()`, where that is unique or the table has a row for each account. */
function isUsersKey(graph: SchemaGraph, condition: Node, part: BoundExpression): boolean {
  return equalSides(condition).some(([own, other]) => isOfOneUser(graph, own, part) && asksCaller(graph, other, part));
}

function isOfOneUser(graph: SchemaGraph, node: Node | undefined, part: BoundExpression): boolean {
  const column = columnOf(graph, node, part);
  const table = column === undefined ? undefined : graph.find(column.relation);
  return (
    column !== undefined && (isUniqueAlone(graph, column) || (table?.kind === 'table' && isAccountTable(graph, table)))
  );
}

function isKey(graph: SchemaGraph, node: Node | undefined, part: BoundExpression): boolean {
  const column = columnOf(graph, node, part);
  return column !== undefined && isUniqueAlone(graph, column);
}

function columnOf(graph: SchemaGraph, node: Node | undefined, part: BoundExpression): Column | undefined {
  const id = referencedColumn(node, part);
  const column = id === undefined ? undefined : graph.find(id);
  return column?.kind === 'column' ? column : undefined;
}

function looksAnythingUp(graph: SchemaGraph, expression: BoundExpression): boolean {
  return callsUsersFunction(graph, expression) || nodesOf(expression.tree, 'RangeVar').length > 0;
}

function isFree(
  graph: SchemaGraph,
  policy: Policy,
  column: Column,
  command: 'insert' | 'update',
  access: readonly ClientAccess[],
  but: EntityId | undefined,
): boolean {
  const table = graph.get('table', policy.table);
  return access.some((each) => isLeftTo(graph, table, column, command, each, but));
}

/** Do grants let the role write the column, and does neither a restrictive policy name it nor a trigger (but of this function) keep values out of it? */
export function isLeftTo(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  column: Column,
  command: 'insert' | 'update',
  { role }: Pick<ClientAccess, 'role'>,
  but?: EntityId,
): boolean {
  if (!mayColumn(graph, role, column, LETTERS.get(command) ?? '')) return false;
  const isRestricted = policiesFor(graph, table, command, role).some((each) => {
    const clause = each.check ?? each.using;
    return !each.isPermissive && clause !== null && columnsNamed(clause).has(column.id);
  });
  return !isRestricted && !isGuarded(graph, table, column, command, but);
}
