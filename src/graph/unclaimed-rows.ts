import { fieldsOf } from '../sql/nodes.ts';
import { anyNode } from '../sql/walk.ts';
import type { BoundExpression } from './bound-expression.ts';
import { callerComparisons } from './caller/caller-comparisons.ts';
import { standingsIn } from './caller/caller-standing.ts';
import { isClosedToSignedOut } from './caller/closed-conditions.ts';
import type { EntityOf } from './entities/index.ts';
import type { EntityId } from './entity-id.ts';
import { columnsWithRole } from './lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from './lexicon/pattern.ts';
import { isAccountTable } from './lexicon/table-roles.ts';
import { isNullable } from './nulls/nullability.ts';
import { ownColumn } from './own-column.ts';
import { decidingClause } from './policies/policy-clauses.ts';
import { policiesFor } from './policies/row-security.ts';
import { isNeverTrueWithNull } from './policies/unseen-rows.ts';
import { admittedClients } from './privileges/admitted-clients.ts';
import { disjuncts } from './query-shapes/column-tests.ts';
import type { SchemaGraph } from './schema-graph.ts';
import { isWaitingState } from './values/queue-states.ts';
import { statusLabels } from './values/status-labels.ts';

type Column = EntityOf<'column'>;

/** Words for a row that somebody has made his own: a code for a device, an invitation. */
const CLAIMED: NamePatterns = ['*_claimed', '*_accepted', '*_redeemed', '*_linked', '*_authorized', '*_paired'];

/**
 * Is the row there before the user is to whom the column refers: who is not signed in may add one, or its status goes from
 * waiting to claimed?
 */
export function isClaimedLater(graph: SchemaGraph, column: Column, key: EntityOf<'foreignKey'>): boolean {
  const parent = graph.get('table', key.referencedTable);
  const isUser = isAccountTable(graph, parent);
  if (!isUser) return false;
  if (isAddedSignedOut(graph, column)) return true;
  return !isAddedByUser(graph, column) && columnsWithRole(graph, column.relation, 'status').some(isClaim);

  function isClaim(status: Column): boolean {
    const labels = statusLabels(graph, status);
    return labels.some(isWaitingState) && labels.some((each) => isNamed(each, CLAIMED));
  }
}

/**
 * Is the row about a person who may have no account: staff adds it, by a policy that asks nothing of the column, no client adds one of its own, and
 * the row says otherwise who that is: by an e-mail address, or by a key to a row that itself may be without an account (a client of the house)?
 */
export function isOfPersonWithoutAccount(graph: SchemaGraph, column: Column): boolean {
  const [key] = graph.foreignKeysOf(column);
  if (key === undefined || !isAccountTable(graph, graph.get('table', key.referencedTable))) return false;
  if (isAddedByUser(graph, column) || !isAddedWithout(graph, column)) return false;
  return columnsWithRole(graph, column.relation, 'email').length > 0 || isOfPerson(graph, key);
}

/** Does a permissive policy that asks for something let in new rows with NULL in the column? */
function isAddedWithout(graph: SchemaGraph, { id, relation }: Column): boolean {
  return graph.ownedBy(relation, 'policy').some((policy) => {
    const clause = decidingClause(policy, 'insert');
    return policy.isPermissive && clause !== null && !isNeverTrueWithNull(clause, id);
  });
}

/** Another key that may be NULL leads to what has a column of the same name for its own account, which may be NULL as well. */
function isOfPerson(graph: SchemaGraph, key: EntityOf<'foreignKey'>): boolean {
  const isOptional = ({ columns }: EntityOf<'foreignKey'>) =>
    columns.every((each) => isNullable(graph, graph.get('column', each)));
  const name = graph.columnNames(key.columns).join();
  const others = graph.ownedBy(key.table, 'foreignKey').filter((each) => each.id !== key.id && isOptional(each));
  return others
    .flatMap(({ referencedTable }) => graph.ownedBy(referencedTable, 'foreignKey'))
    .some(
      (each) =>
        each.table !== key.table &&
        each.referencedTable === key.referencedTable &&
        isOptional(each) &&
        graph.columnNames(each.columns).join() === name,
    );
}

/** A policy lets the user add the row himself, or two people are in it at once, as in a friendship that one asked for. */
function isAddedByUser(graph: SchemaGraph, { id, relation }: Column): boolean {
  const isPair = graph
    .ownedBy(relation, 'index')
    .some(({ isUnique, keys }) => isUnique && keys.length > 1 && keys.some((key) => key.column === id));
  const clauses = graph.ownedBy(relation, 'policy').flatMap((each) => decidingClause(each, 'insert') ?? []);
  return isPair || clauses.some((each) => callerComparisons(graph, each).some(({ column }) => column === id));
}

/** Does a policy let anon add rows with NULL in the column? */
function isAddedSignedOut(graph: SchemaGraph, column: Column): boolean {
  const table = graph.get('table', column.relation);
  const [anon] = table.rowSecurity ? admittedClients(graph, table, ['anon'], ['insert']) : [];
  if (anon === undefined) return false;
  return policiesFor(graph, table, 'insert', anon.role).some((policy) => {
    const clause = decidingClause(policy, 'insert');
    if (!policy.isPermissive || clause === null || isClosedToSignedOut(graph, clause)) return false;
    return !isNeverTrueWithNull(clause, column.id);
  });
}

/**
 * Does a role of the users' table stand above the tenants: `tenant_id = my_tenant() or my_role() = 'owner'`? Whoever has it needs
 * no tenant.
 */
export function hasUsersAbove(graph: SchemaGraph, column: Column, tenants: ReadonlySet<EntityId>): boolean {
  const table = graph.find(column.relation);
  if (table?.kind !== 'table' || !isAccountTable(graph, table)) return false;
  return standingsIn(graph, table.id).some(({ by, column: role, policy }) => {
    if (by !== 'value' || role === column.id) return false;
    if (!graph.columns(policy.table).some((each) => tenants.has(each.id))) return false;
    return [policy.using, policy.check].some((clause) => clause !== null && isPassedByCallerAlone(clause));
  });
}

/** One of the ways through the clause asks nothing of the row. */
function isPassedByCallerAlone(clause: BoundExpression): boolean {
  return disjuncts(clause.tree).some(
    (way) =>
      anyNode(way, (node) => fieldsOf(node, 'SubLink') !== undefined || fieldsOf(node, 'FuncCall') !== undefined) &&
      !anyNode(way, (node) => ownColumn(node, clause) !== undefined),
  );
}
