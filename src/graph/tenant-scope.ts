import type { SchemaGraph } from './schema-graph.ts';
import { policyComparisons, type TenantName, tenantNames } from './tenant-columns.ts';

/** So many tables that go through one parent row share more than a parent: it is what they are scoped by. */
const SHARED_BY = 4;

/**
 * The names that tell tenants apart beyond doubt: configured; compared with a setting, a claim or a function's answer; found in
 * a table that has the same column (a membership); or, where it names a row of another table, shared by many tables.
 */
export function tenantScopes(graph: SchemaGraph, configured: readonly string[]): readonly TenantName[] {
  return tenantNames(graph, configured).filter((each) => {
    if (each.kind === 'configured') return true;
    return each.kind === 'tenant' && (each.tables.length >= SHARED_BY || isScope(graph, each));
  });
}

function isScope(graph: SchemaGraph, { name, tables }: TenantName): boolean {
  const comparisons = tables
    .flatMap((table) => graph.ownedBy(table, 'policy'))
    .flatMap((policy) => policyComparisons(graph, policy))
    .filter(({ column }) => graph.get('column', column).name === name);
  return comparisons.some(({ via, sources, reads }) => {
    if (via === 'value') return sources.some((each) => each !== 'user');
    if (via === 'argument') return true;
    return via === 'membership' && reads.some((relation) => graph.column(relation, name) !== undefined);
  });
}
