import {
  andList,
  brief,
  defineRule,
  type EntityId,
  type EntityOf,
  isAccountTable,
  isNullable,
  policyAudience,
  policyComparisons,
  quoteIdentifier,
  type SchemaGraph,
  type TenantName,
  tenantScopes,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'policy-on-legacy-key',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary:
      "A policy decides by an old key, although the table has a newer key to the tenant by which other tables' policies decide.",
    why: 'The move to the new tenant stopped half way: the new column is there, may be NULL and decides nothing here. Members of the tenant do not see the rows, those of the old owner keep them, and the same caller gets different answers from neighbouring tables.',
    remedy:
      'Fill the new column, make it NOT NULL, and let the policy compare it; then drop the old key. If the old key is meant to stay, drop the new one.',
    messages: {
      legacy:
        'The policy {{policy}} decides by {{old}}, although {{table}} has {{column}}, by which policies of {{siblings}} decide: it was added later, may be NULL, and no policy here looks at it.',
    },
    restsOn: ['policies', 'rowSecurity', 'columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      if (!policy.isPermissive) return;
      const table = graph.get('table', policy.table);
      const newer = newerKey(graph, table, tenantScopes(graph, settings.tenantColumns));
      if (newer === undefined || policyAudience(graph, policy, settings.clientRoles).length === 0) return;
      const { column, tenant, parent } = newer;
      const old = legacyColumns(graph, policy, column, parent);
      if (old.length === 0) return;
      const siblings = tenant.tables
        .filter((each) => each !== table.id)
        .map((each) => brief(graph.get('table', each).name));
      report({
        entity: policy,
        message: 'legacy',
        data: {
          policy: quoteIdentifier(policy.name),
          table: brief(table.name),
          old: andList(old.map(({ name }) => quoteIdentifier(name))),
          column: quoteIdentifier(column.name),
          siblings: andList(siblings, 2),
        },
        related:
          column.origin.from === 'statement'
            ? [{ note: `the newer key ${quoteIdentifier(column.name)}`, at: column.origin.at }]
            : [],
      });
    },
  },
});

/** A nullable foreign key with a tenant's name that none of the table's own policies looks at. */
function newerKey(graph: SchemaGraph, table: EntityOf<'table'>, names: readonly TenantName[]) {
  for (const tenant of names) {
    const column = graph.column(table.id, tenant.name);
    if (column === undefined || !isNullable(graph, column) || !tenant.tables.some((each) => each !== table.id))
      continue;
    const key = keyOf(graph, column);
    const isUsed = graph.dependentsOfKind(column.id, 'policy').some((each) => each.table === table.id);
    if (key !== undefined && !isUsed) return { column, tenant, parent: key.referencedTable };
  }
  return undefined;
}

/**
 * The older keys by which the policy decides, to tables that know nothing of the newer one. What leads to a row of a tenant
 * (a message to its conversation) or to a person is no tenant's key.
 */
function legacyColumns(graph: SchemaGraph, policy: Policy, newer: Column, parent: EntityId): readonly Column[] {
  const knows = (relation: EntityId) => relation === parent || graph.column(relation, newer.name) !== undefined;
  const comparisons = policyComparisons(graph, policy);
  if (comparisons.some(({ reads }) => reads.some(knows))) return [];
  const columns = comparisons.map((each) => graph.get('column', each.column));
  const isLegacy = (column: Column) => {
    const target = keyOf(graph, column)?.referencedTable;
    const referenced = target === undefined ? undefined : graph.find(target);
    if (referenced?.kind !== 'table' || knows(referenced.id) || isAccountTable(graph, referenced)) return false;
    return column.position < newer.position;
  };
  return columns.every(isLegacy) ? [...new Set(columns)] : [];
}

function keyOf(graph: SchemaGraph, column: Column): EntityOf<'foreignKey'> | undefined {
  const keys = graph.ownedBy(column.relation, 'foreignKey');
  return keys.find((each) => each.columns.length === 1 && each.columns[0] === column.id);
}
