import type { EntityOf } from '../entities/index.ts';
import { isAuditTable } from '../lexicon/table-roles.ts';
import { expectedValue } from '../nulls/expected-value.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { asksForNull } from '../values/implication.ts';
import { tenantColumns } from './tenant-columns.ts';
import { rolesBlindToNull } from './unseen-rows.ts';

/** As the settings of an audit name them. */
export interface OwnerSettings {
  readonly clientRoles: readonly string[];
  readonly tenantColumns: readonly string[];
}

/**
 * Would a row with NULL in the column be nobody's, as policies decide by it whose a row is: then it goes with what it refers to
 * rather than stay behind. Not in an audit table, whose rows outlive what they tell of.
 */
export function isNobodysWithout(graph: SchemaGraph, column: EntityOf<'column'>, settings: OwnerSettings): boolean {
  const table = graph.find(column.relation);
  if (table?.kind !== 'table' || isAuditTable(graph, table)) return false;
  if (rolesBlindToNull(graph, column, settings.clientRoles).length > 0) return true;
  const tenants = tenantColumns(graph, settings.tenantColumns);
  // Its own policies show such rows: what those of other tables ask of a column of the name says nothing of these.
  const hasOwn = table.rowSecurity && graph.ownedBy(table.id, 'policy').length > 0;
  return expectedValue(graph, column, tenants).some((each) => each.because === 'tenant' && (each.isOwn || !hasOwn));
}

/** The permissive policy that lets rows through because the column is NULL: emptied, a row that was somebody's would be open to all it is for. */
export function opensWithout(graph: SchemaGraph, { id }: EntityOf<'column'>): EntityOf<'policy'> | undefined {
  return graph.dependentsOfKind(id, 'policy').find(({ isPermissive, using, check }) => {
    return isPermissive && [using, check].some((each) => each !== null && asksForNull(each, id));
  });
}
