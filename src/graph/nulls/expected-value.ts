import { askedOnce } from '../asked-once.ts';
import { callerComparisons, isComparedWithCaller } from '../caller/caller-comparisons.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isPartOf } from '../keys/linked-rows.ts';
import { isStampOfAuthor } from '../lexicon/author-stamps.ts';
import { hasRole } from '../lexicon/column-roles.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { TABLE_NAMES } from '../lexicon/table-names.ts';
import { isAuditTable } from '../lexicon/table-roles.ts';
import { clausesOf, decidingClause } from '../policies/policy-clauses.ts';
import { callerColumns, policyComparisons } from '../policies/tenant-columns.ts';
import { isNeverTrueWithNull } from '../policies/unseen-rows.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isMoment, typeClass } from '../types/type-class.ts';
import { hasUsersAbove, isClaimedLater, isOfPersonWithoutAccount } from '../unclaimed-rows.ts';
import { asksForNull } from '../values/implication.ts';
import { isNullMeant } from './meant-null.ts';
import { inPlaceOf } from './null-gaps.ts';
import { isNeverNull, isNullable } from './nullability.ts';

type Column = EntityOf<'column'>;
type ForeignKey = EntityOf<'foreignKey'>;

/** Why a column that may be NULL is to be expected to hold a value, the weightiest reasons first. */
export type Expectation =
  /** Policies decide by it whose a row is: those of its table (`own`), or of the other tables that have such a column. */
  | { readonly because: 'tenant'; readonly isOwn: boolean }
  /** The key by which its row is deleted with its one owner. */
  | { readonly because: 'cascade'; readonly key: ForeignKey }
  | { readonly because: 'default' }
  /** It says when the row was made, or was changed. */
  | { readonly because: 'created' | 'updated' };

/** Names of columns that say when a row was made. */
export const CREATED_COLUMNS: NamePatterns = [
  ...['created', 'created_at', 'created_on', 'created_date', 'date_created', 'creation_date', 'inserted_at'],
];
/** Names of columns that say when a row was changed. */
export const UPDATED_COLUMNS: NamePatterns = [
  ...['updated', 'updated_at', 'updated_on', 'updated_date', 'date_updated', 'modified_at', 'last_modified'],
];

/**
 * Names of times that may never come: NULL says that it is not so far, even beside a default, which is a slip of its own then
 * (a subscription that is cancelled when it is made).
 */
const OPEN_TIMES: NamePatterns = [
  ...['cancel_*', 'cancelled_*', 'canceled_*', '*_cancelled_*', '*_canceled_*', 'end', 'ends_*', 'ended_*', '*_end'],
  ...['*_ended_*', 'expires_*', 'expired_*', 'expiry_*', '*_expires_*', 'deleted_*', 'removed_*', 'archived_*'],
  ...['completed_*', 'finished_*', 'closed_*', 'resolved_*', 'read_*', 'seen_*', '*_seen_*', 'revoked_*', 'trial_*'],
  ...['due_*', 'next_*', 'last_*', 'paid_*', 'approved_*', 'verified_*', 'confirmed_*', 'accepted_*', 'rejected_*'],
  ...['processed_*', 'failed_*', 'stopped_*', 'used_*', 'deactivated_*', 'disabled_*', 'suspended_*', 'banned_*'],
  ...['locked_*', 'published_*', 'delivered_*', 'responded_*'],
];

/**
 * Empty for a column that may not be NULL, or where something in the schema gives NULL a meaning.
 * @param tenants the tenant columns of the graph
 */
export function expectedValue(
  graph: SchemaGraph,
  column: Column,
  tenants: ReadonlySet<EntityId>,
  created: NamePatterns = CREATED_COLUMNS,
  updated: NamePatterns = UPDATED_COLUMNS,
): readonly Expectation[] {
  if (column.identity !== null || column.generated !== null || !isNullable(graph, column)) return [];
  if (tenants.has(column.id) && hasUsersAbove(graph, column, tenants)) return [];
  const reasons: Expectation[] = [];
  const isOwn = callerColumns(graph).has(column.id);
  if (tenants.has(column.id) && (isOwn ? isOwnersMark(column, graph) : isTenantKey(column, tenants, graph)))
    reasons.push({ because: 'tenant', isOwn });
  const key = owningKey(column, tenants, graph);
  if (key !== undefined && isClaimedLater(graph, column, key)) return [];
  if (key !== undefined) reasons.push({ because: 'cascade', key });
  const isTime = isMoment(graph, column.type);
  const isOpen = (isTime && isNamed(column.name, OPEN_TIMES)) || isLeftToItsKey(column, graph);
  if (column.default !== null && !isOpen && isNeverNull(graph, column.default)) reasons.push({ because: 'default' });
  if (isTime) {
    if (isNamed(column.name, created)) reasons.push({ because: 'created' });
    // A change time may be meant to be empty until the first change, unless a default fills it at once.
    else if (column.default !== null && isNamed(column.name, updated)) reasons.push({ because: 'updated' });
  }
  return reasons.length === 0 || isNullMeant(graph, column) ? [] : reasons;
}

/** Do policies pick rows by it (what only the check of new rows asks for, the rows that are there need not have), and by nothing else? */
function isOwnersMark(column: Column, graph: SchemaGraph): boolean {
  const picking = graph.ownedBy(column.relation, 'policy').flatMap(({ using }) => using ?? []);
  const isPicked = picking.some((using) =>
    callerComparisons(graph, using).some((each) => each.via !== 'otherTable' && each.column === column.id),
  );
  return (
    isPicked &&
    isOnlyOwner(column, graph) &&
    !isLetInWithout(column, graph) &&
    !isKeptWithout(column, graph) &&
    !isOfPersonWithoutAccount(graph, column)
  );
}

/** Does a policy that asks for the caller let in new rows without a value: staff adds what is nobody's own (`is_staff() or owner_id = auth.uid()`)? */
function isLetInWithout(column: Column, graph: SchemaGraph): boolean {
  return graph
    .ownedBy(column.relation, 'policy')
    .filter((each) => each.isPermissive)
    .flatMap((each) => decidingClause(each, 'insert') ?? [])
    .filter((clause) => isComparedWithCaller(graph, clause, column.id))
    .some((clause) => !isNeverTrueWithNull(clause, column.id));
}

/**
 * Does the column say no more than who added the row, while other policies show rows without it to whoever asks and let them be changed: places that are
 * listed for everybody, and looked after by the staff? They are nobody's on purpose, as no client adds any.
 */
function isKeptWithout(column: Column, graph: SchemaGraph): boolean {
  if (!isStampOfAuthor(column.name)) return false;
  const policies = graph.ownedBy(column.relation, 'policy').filter((each) => each.isPermissive);
  const admitting = (command: 'select' | 'insert' | 'update') =>
    policies
      .flatMap((each) => decidingClause(each, command) ?? [])
      .filter((clause) => !isNeverTrueWithNull(clause, column.id));
  const isListed = admitting('select').some((clause) => !asksCaller(graph, clause.tree, clause));
  return isListed && admitting('update').length > 0 && admitting('insert').length === 0;
}

/** Do the table's policies let no one in by another column of a row that has NULL in this one: a company's payment has a payer or none. */
function isOnlyOwner(column: Column, graph: SchemaGraph): boolean {
  return !graph
    .ownedBy(column.relation, 'policy')
    .filter((each) => each.isPermissive)
    .flatMap((each) => decidingClause(each, 'select') ?? [])
    .filter((clause) => !isNeverTrueWithNull(clause, column.id))
    .some((clause) => callerComparisons(graph, clause).some((each) => each.column !== column.id));
}

/**
 * A column of a tenant's name that refers to a table that belongs to no tenant itself: `sale_id` only leads to a row that has
 * one. Not in a table whose own policies go by who a row belongs to otherwise: a profile is its user's. Nor where people write who
 * have no account: who is on a waiting list may be of no tenant so far.
 */
function isTenantKey(column: Column, tenants: ReadonlySet<EntityId>, graph: SchemaGraph): boolean {
  const policies = graph.ownedBy(column.relation, 'policy');
  if (policies.some((each) => policyComparisons(graph, each).some(({ via }) => via === 'value'))) return false;
  if (isNamed(graph.get('table', column.relation).name.name, TABLE_NAMES.forms)) return false;
  const key = graph.foreignKeysOf(column)[0];
  if (key === undefined || graph.columns(key.referencedTable).some((each) => tenants.has(each.id))) return false;
  return !isOfTenantsOwner(graph, key) && !namesNullInPolicies(graph).has(column.name);
}

/** A product is of a team, or of the whole organization that the team is of: a key to that may not be NULL. */
function isOfTenantsOwner(graph: SchemaGraph, key: ForeignKey): boolean {
  const owners = graph.ownedBy(key.referencedTable, 'foreignKey').map(({ referencedTable }) => referencedTable);
  return graph
    .ownedBy(key.table, 'foreignKey')
    .some(
      (each) =>
        each !== key &&
        owners.includes(each.referencedTable) &&
        each.columns.every((id) => !isNullable(graph, graph.get('column', id))),
    );
}

/** Names of columns that a policy asks whether they are NULL: rows without a value are meant somewhere. */
const namesNullInPolicies = askedOnce((graph): ReadonlySet<string> => {
  const clauses = graph.ofKind('policy').flatMap((policy) => clausesOf(policy).map(({ expression }) => expression));
  const columns = clauses.flatMap((clause) =>
    clause.references.flatMap(({ kind, target }) => (kind === 'column' && asksForNull(clause, target) ? [target] : [])),
  );
  return new Set(graph.columnNames(columns));
});

/**
 * Only of the row's one owner: beside a key that may not be NULL it is a further link, among several that may be each is a choice.
 * Not of a log, whose rows are to outlive what they tell of (cascade-erases-audit).
 */
function owningKey(column: Column, tenants: ReadonlySet<EntityId>, graph: SchemaGraph): ForeignKey | undefined {
  const table = graph.find(column.relation);
  if (table?.kind === 'table' && isAuditTable(graph, table)) return undefined;
  const keys = graph
    .ownedBy(column.relation, 'foreignKey')
    .filter((key) => key.parent === null && key.referencedTable !== column.relation);
  const key = keys.find((each) => each.onDelete === 'cascade' && each.columns.includes(column.id));
  if (key === undefined || (isTree(graph, key.referencedTable) && !isPartOf(graph, key))) return undefined;
  const isOptional = (each: ForeignKey) => each.columns.some((id) => isNullable(graph, graph.get('column', id)));
  const others = keys.filter((each) => each !== key && !each.columns.some((id) => tenants.has(id)));
  const hasOwner = keys.some((each) => !each.columns.includes(column.id) && !isOptional(each));
  const isChoice = others.some((each) => each.onDelete === 'cascade' && each.referencedTable !== key.referencedTable);
  if (hasOwner || isChoice || isOneOfSeveral(graph, column, key) || mayBeForAll(graph, column.relation))
    return undefined;
  return tenants.has(column.id) || isWayToRows(graph, key) ? key : undefined;
}

/** Does a flag mark rows that come with the application, which are nobody's: the providers that everybody has (is_system), beside those of one team? */
function mayBeForAll(graph: SchemaGraph, table: EntityId): boolean {
  return graph.columns(table).some((each) => isNamed(each.name, FOR_ALL) && typeClass(graph, each.type) === 'boolean');
}

const FOR_ALL: NamePatterns = [
  ...['system', 'is_system', 'global', 'is_global', 'builtin', 'is_builtin', 'built_in', 'is_built_in'],
  ...['predefined', 'is_predefined', 'is_system_*'],
];

/**
 * Is what a row belongs to the one or the other: does a unique key have an optional key to another table in the place of this column,
 * as (cache_id, hash) beside (source_id, hash)? That deleting the other does not take the row along is no matter.
 */
function isOneOfSeveral(graph: SchemaGraph, column: Column, { referencedTable }: ForeignKey): boolean {
  const others = graph
    .dependentsOfKind(column.id, 'index')
    .filter((index) => index.isUnique && index.keys.length > 1 && index.keys.some((key) => key.column === column.id))
    .flatMap((index) => inPlaceOf(graph, index, column))
    .flatMap((key) => (key.column === null ? [] : graph.get('column', key.column)));
  return others.some(
    (each) =>
      isNullable(graph, each) && graph.foreignKeysOf(each).some((key) => key.referencedTable !== referencedTable),
  );
}

/** Do its rows lie in one another, as folders do: what lies in none of them lies at the top. */
function isTree(graph: SchemaGraph, table: EntityId): boolean {
  return graph.ownedBy(table, 'foreignKey').some((each) => {
    const isOptional = each.columns.some((id) => isNullable(graph, graph.get('column', id)));
    return each.referencedTable === table && isOptional;
  });
}

/**
 * Does more than its CASCADE say that rows are those of the one it names: their table's name, a unique key, or an index that begins with
 * it? A holiday may be of one office, or of all.
 */
function isWayToRows(graph: SchemaGraph, key: ForeignKey): boolean {
  const isOfKey = (column: EntityId | null) => column !== null && key.columns.includes(column);
  const firstOf = ({ isUnique, keys }: EntityOf<'index'>) =>
    isUnique ? keys : keys.slice(0, hasNameAmongAll(graph, key.table) ? 0 : 1);
  const told = graph.ownedBy(key.table, 'index').flatMap(firstOf);
  return isPartOf(graph, key) || told.some(({ column }) => isOfKey(column));
}

/** Is a name, a slug or a code the primary key: a row is something by itself, which may be somebody's (a machine of one team, or of all)? */
function hasNameAmongAll(graph: SchemaGraph, table: EntityId): boolean {
  const [only, another] = graph.primaryKey(table)?.columns ?? [];
  if (only === undefined || another !== undefined) return false;
  const column = graph.get('column', only);
  return NAMES_AMONG_ALL.some((role) => hasRole(graph, column, role));
}

const NAMES_AMONG_ALL = ['name', 'slug', 'code', 'handle'] as const;

/** What a deleted parent does to the column is not said yet: emptying it is one of the answers (no-action-foreign-key). */
function isLeftToItsKey(column: Column, graph: SchemaGraph): boolean {
  return graph.foreignKeysOf(column).some((each) => each.onDelete === 'no action' && each.parent === null);
}
