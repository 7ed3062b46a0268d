import type { EntityOf } from '../entities/index.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { columnsComparedWithCaller, namesTenant } from './tenant-columns.ts';

/**
 * The column by which policies say of which group a row is, while none of them asks for whom this one names: the workspace of an invoice, whoever wrote it. Undefined
 * where the row is that person, or is told apart by him within the group, as a membership is.
 * @param configured `settings.tenantColumns`
 */
export function owningGroup(
  graph: SchemaGraph,
  column: EntityOf<'column'>,
  configured: readonly string[],
): EntityOf<'column'> | undefined {
  const table = graph.find(column.relation);
  const compared = columnsComparedWithCaller(graph, column.relation);
  if (table?.kind !== 'table' || isAccountTable(graph, table) || compared.has(column.id)) return undefined;
  const isInKey = graph
    .dependentsOfKind(column.id, 'index')
    .some(({ isUnique, keys }) => isUnique && keys.some((each) => each.column === column.id));
  if (isInKey) return undefined;
  return graph
    .columns(table.id)
    .find((each) => each.notNull && compared.has(each.id) && namesTenant(graph, each, configured));
}
