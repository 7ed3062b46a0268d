import type { EntityOf } from '../entities/index.ts';
import { isTenantGroup, tenantNames } from '../policies/tenant-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNamed, type NamePatterns } from './pattern.ts';
import { TABLE_NAMES } from './table-names.ts';
import { isAuditTable } from './table-roles.ts';
import { TRAIL_COLUMNS } from './trail-columns.ts';

/** These are trails whatever stands in them; `orders_audit` may as well be what somebody found who looked the orders through. */
const AUDIT: NamePatterns = ['log', 'trail', 'event', 'entry', 'record', 'history'].map((each) => `*_audit_${each}_*`);
/** Where no policy says what the tenant is. */
const TENANTS: NamePatterns = [
  'tenant_id',
  'organization_id',
  'organisation_id',
  'org_id',
  'workspace_id',
  'company_id',
];

/** An audit table that is called an audit log, or with a column that tells who did what: its entries are to outlive what they tell of. */
export function isAuditTrail(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  names: NamePatterns = TABLE_NAMES.audit,
  trailColumns: NamePatterns = TRAIL_COLUMNS,
): boolean {
  if (!isAuditTable(graph, table, names)) return false;
  return isNamed(table.name.name, AUDIT) || graph.columns(table.id).some((each) => isNamed(each.name, trailColumns));
}

/** The key of an entry to its tenant: whoever leaves takes the trail along. */
export function isKeyToTenant(
  graph: SchemaGraph,
  { columns }: EntityOf<'foreignKey'>,
  configured: readonly string[],
): boolean {
  const tenants = tenantNames(graph, configured)
    .filter(isTenantGroup)
    .map(({ name }) => name);
  return graph.columnNames(columns).some((name) => tenants.includes(name) || isNamed(name, TENANTS));
}
