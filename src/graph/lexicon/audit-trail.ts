import type { EntityOf } from '../entities/index.ts';
import { isTenantGroup, tenantNames } from '../policies/tenant-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNamed, type NamePatterns } from './pattern.ts';
import { TABLE_NAMES } from './table-names.ts';
import { isAuditTable } from './table-roles.ts';

/** What tells who did what, as a trail does and a diary or a list of messages does not. */
export const TRAIL_COLUMNS: NamePatterns = [
  ...[
    'action',
    'action_type',
    '*_action',
    'action_taken',
    'operation',
    'event_type',
    'change_type',
    'old_*',
    'new_*',
    '*_before',
  ],
  ...['*_after', 'previous_*', 'changed_*', 'changes', 'change_reason', 'performed_*', 'actor', 'actor_*', 'diff'],
  ...['ip_address', 'user_agent', '*_snapshot', 'before', 'after', 'field_changed', 'field_name', 'table_name'],
];

const AUDIT: NamePatterns = ['*_audit_*'];
/** Where no policy says what the tenant is. */
const TENANTS: NamePatterns = [
  'tenant_id',
  'organization_id',
  'organisation_id',
  'org_id',
  'workspace_id',
  'company_id',
];

/** An audit table with the word audit, or with a column that tells who did what: its entries are to outlive what they tell of. */
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
