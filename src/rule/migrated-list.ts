import type { EntityOf } from '../graph/entities/index.ts';
import { isSeeded } from '../graph/history/seeded-tables.ts';
import type { Statement } from '../graph/journal.ts';
import { refersToAccounts } from '../graph/lexicon/table-roles.ts';
import { tenantColumns } from '../graph/policies/tenant-columns.ts';
import { writesTo } from '../graph/query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { personalColumns } from './personal-columns.ts';
import type { AuditSettings } from './rule.ts';

/** A list that the migrations fill, that nothing in the schema writes, and that says nothing of anybody: countries, sports, plans. */
export function isMigratedList(
  graph: SchemaGraph,
  statements: readonly Statement[],
  table: EntityOf<'table'>,
  settings: AuditSettings,
): boolean {
  if (!isSeeded(statements, table) || writesTo(graph, table.id).length > 0) return false;
  const tenants = tenantColumns(graph, settings.tenantColumns);
  return (
    !refersToAccounts(graph, table) &&
    !graph.columns(table.id).some(({ id }) => tenants.has(id)) &&
    personalColumns(graph, table).length === 0
  );
}
