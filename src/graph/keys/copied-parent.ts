import { asksInEveryWay } from '../caller/asks-in-every-way.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { admittingPolicies } from '../policies/policy-audience.ts';
import { clientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * Does the column repeat what a row says that each row of its table goes with (folder_id of the guest, in the sessions of guests)? Deleting what both name
 * takes the rows along by way of the other. Of people only where nobody else sees either row: who wrote a comment is not who wrote the post.
 */
export function isCopiedFromAbove(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  parent: EntityOf<'table'>,
  clientRoles: readonly string[],
): boolean {
  const isOfPeople = parent.origin.from === 'platform' || isAccountTable(graph, parent);
  const isOwners = (each: EntityOf<'column'> | undefined) =>
    each !== undefined && isShownToOwnerAlone(graph, each, clientRoles);
  if (isOfPeople && !isOwners(column)) return false;
  const above = new Set<EntityId>([column.relation]);
  // A set that grows while it is gone through is gone through to its end.
  for (const id of above)
    for (const key of goingKeys(graph, id)) {
      const isSame = key.referencedTable === parent.id && graph.columnNames(key.columns).includes(column.name);
      if (isSame && (!isOfPeople || isOwners(graph.column(id, column.name)))) return true;
      above.add(key.referencedTable);
    }
  return false;
}

/** Does row security show each row to the one user alone whom the column names? */
function isShownToOwnerAlone(graph: SchemaGraph, column: EntityOf<'column'>, clientRoles: readonly string[]): boolean {
  const table = graph.find(column.relation);
  if (table?.kind !== 'table' || !table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return false;
  const policies = clientAccess(graph, table, clientRoles).flatMap((each) =>
    each.commands.includes('select') ? admittingPolicies(graph, table, 'select', each) : [],
  );
  return (
    policies.length > 0 &&
    policies.every(({ using, isPermissive }) => {
      const compared = using === null ? [] : callerComparisons(graph, using);
      const isOwn = compared.every((each) => each.column === column.id && each.via !== 'otherTable');
      return isPermissive && using !== null && compared.length > 0 && isOwn && asksInEveryWay(graph, using);
    })
  );
}

/** The keys by which each row goes with another. */
function goingKeys(graph: SchemaGraph, table: EntityId): readonly EntityOf<'foreignKey'>[] {
  return graph
    .ownedBy(table, 'foreignKey')
    .filter(({ onDelete, isEnforced, parent }) => onDelete === 'cascade' && isEnforced && parent === null)
    .filter(({ columns }) => columns.every((id) => graph.get('column', id).notNull));
}
