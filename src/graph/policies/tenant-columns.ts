import { askedOnce } from '../asked-once.ts';
import { type CallerComparison, callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';

type Policy = EntityOf<'policy'>;

/** What the clauses of a policy compare with the caller, USING first. */
export function policyComparisons(graph: SchemaGraph, { using, check }: Policy): readonly CallerComparison[] {
  return [using, check].flatMap((each) => (each === null ? [] : callerComparisons(graph, each)));
}

/** The columns of a table that its policies compare with the caller by the column's own value, not by way of another table. */
export const columnsComparedWithCaller = askedOnce((graph: SchemaGraph, table: EntityId): ReadonlySet<EntityId> => {
  const comparisons = graph.ownedBy(table, 'policy').flatMap((each) => policyComparisons(graph, each));
  return new Set(comparisons.filter((each) => each.via !== 'otherTable').map((each) => each.column));
});

/** The same over all tables. */
export const callerColumns = askedOnce((graph): ReadonlySet<EntityId> => {
  const tables = new Set(graph.ofKind('policy').map((each) => each.table));
  return new Set([...tables].flatMap((table) => [...columnsComparedWithCaller(graph, table)]));
});

/** A name by which the rows of several tables are told apart. */
export interface TenantName {
  readonly name: string;
  /**
   * `tenant`: it names whom rows belong to as a group (an organisation, a workspace), as a setting, a claim, a function or a
   * membership says; `owner`: a single user, compared with auth.uid() itself; `parent`: a row of the very table that the
   * subselect reads, which has an owner in its turn; `configured`: the user says so.
   */
  readonly kind: 'configured' | 'tenant' | 'owner' | 'parent';
  /** The tables whose policies compare it with the caller. */
  readonly tables: readonly EntityId[];
}

/** Does the name tell groups of users apart, not single users, and not rows by their parent? */
export function isTenantGroup({ kind }: TenantName): boolean {
  return kind === 'tenant' || kind === 'configured';
}

/**
 * The columns, by name, that tell tenants apart: those configured; where none are, those that the policies of at least two
 * tables compare with a value derived from the caller. A table's own primary key is not one.
 * @param configured `settings.tenantColumns`
 */
export function tenantNames(graph: SchemaGraph, configured: readonly string[]): readonly TenantName[] {
  if (configured.length > 0) {
    const byName = comparedByName(graph);
    return configured.map((name) => ({ name, kind: 'configured', tables: [...(byName.get(name)?.keys() ?? [])] }));
  }
  return inferred(graph);
}

const inferred = askedOnce((graph): readonly TenantName[] =>
  [...comparedByName(graph)].flatMap(([name, tables]): readonly TenantName[] => {
    if (tables.size < 2) return [];
    const kinds = [...tables.values()].map((each) => new Set(each.map((one) => kindOf(graph, one))));
    const count = (kind: TenantName['kind']) => kinds.filter((each) => each.has(kind)).length;
    const isTenant = count('tenant') >= 2 || (count('tenant') >= 1 && count('owner') === 0);
    const kind = isTenant ? 'tenant' : count('owner') >= count('parent') ? 'owner' : 'parent';
    return [{ name, kind, tables: [...tables.keys()] }];
  }),
);

function kindOf(graph: SchemaGraph, comparison: CallerComparison): TenantName['kind'] {
  const { via, sources, column } = comparison;
  if (via === 'value' && sources.every((each) => each === 'user')) return 'owner';
  const keys = graph.dependents(column).filter((each) => each.kind === 'foreignKey' && each.columns.includes(column));
  return via === 'membership' && keys.some((key) => key.kind === 'foreignKey' && findsRow(comparison, key))
    ? 'parent'
    : 'tenant';
}

/**
 * Does the subselect look for the very row that the key names, and not for who belongs to it: it reads no other table, or comes to the
 * caller from there by another column (`documents d join members m on m.org_id = d.org_id where d.id = document_id`)?
 */
function findsRow({ reads, joins }: CallerComparison, key: EntityOf<'foreignKey'>): boolean {
  if (!reads.includes(key.referencedTable)) return false;
  return reads.length === 1 || (joins.size > 0 && !key.referencedColumns.some((each) => joins.has(each)));
}

function comparedByName(graph: SchemaGraph): ReadonlyMap<string, ReadonlyMap<EntityId, readonly CallerComparison[]>> {
  const byName = new Map<string, Map<EntityId, CallerComparison[]>>();
  for (const policy of graph.ofKind('policy')) {
    const table = graph.find(policy.table);
    if (table === undefined || !isUsersOwn(graph, table)) continue;
    for (const comparison of policyComparisons(graph, policy)) {
      const column = graph.find(comparison.column);
      if (comparison.via === 'otherTable' || column?.kind !== 'column') continue;
      // Of a table that nothing made the key is not known.
      if (isOwnKey(graph, column) || (table.isAssumed === true && column.name === 'id')) continue;
      const tables = byName.get(column.name) ?? new Map<EntityId, CallerComparison[]>();
      byName.set(column.name, tables);
      addTo(tables, policy.table, comparison);
    }
  }
  return byName;
}

/**
 * The tenant columns of the user's tables: each column with the name of a tenant, whether policies of its own table compare it
 * or not; columns that name a single owner or a parent row only where a policy of their own table compares them.
 */
export const tenantColumns = askedOnce((graph: SchemaGraph, configured: readonly string[]): ReadonlySet<EntityId> => {
  const names = new Map(tenantNames(graph, configured).map((each) => [each.name, each] as const));
  const columns = new Set<EntityId>();
  for (const table of graph.ofKind('table')) {
    if (names.size === 0 || !isUsersOwn(graph, table)) continue;
    for (const column of graph.columns(table.id)) {
      const name = names.get(column.name);
      if (name === undefined || (name.kind !== 'configured' && isOwnKey(graph, column))) continue;
      if (isTenantGroup(name) || name.tables.includes(table.id)) columns.add(column.id);
    }
  }
  return columns;
});

function isOwnKey(graph: SchemaGraph, { id, relation }: EntityOf<'column'>): boolean {
  const [only, ...more] = graph.primaryKey(relation)?.columns ?? [];
  return only === id && more.length === 0;
}

/** Has the column a name by which groups of users are told apart? */
export function namesTenant(graph: SchemaGraph, { name }: EntityOf<'column'>, configured: readonly string[]): boolean {
  return tenantNames(graph, configured).some((each) => each.name === name && isTenantGroup(each));
}
