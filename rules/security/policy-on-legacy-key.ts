import {
  andList,
  bornBy,
  brief,
  type Change,
  defineRule,
  type EntityId,
  type EntityOf,
  isAccountTable,
  isNullable,
  policyAudience,
  policyComparisons,
  quoteIdentifier,
  relatedAt,
  type SchemaGraph,
  type TenantName,
  tenantNames,
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
      'Fill the new column, make it NOT NULL, and let the policies compare it; then drop the old key. If the old key is meant to stay, drop the new one.',
    scope: [
      'A new column that only says whom or what a row is also about (ON DELETE SET NULL, or a row that has the old key itself) is no move, nor is one beside an old key that may not be NULL and decides in other tables as well.',
    ],
    messages: {
      legacy:
        '{{policies}} by {{old}}, although {{table}} has {{column}}, by which policies of {{siblings}} decide: it was added later, may be NULL, and no policy here looks at it.',
    },
    needs: ['history'],
    restsOn: ['policies', 'rowSecurity', 'columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    table(table, { graph, journal, settings, report }) {
      const newer = newerKey(graph, table, tenantScopes(graph, settings.tenantColumns));
      if (newer === undefined) return;
      const { column, tenant } = newer;
      const names = tenantNames(graph, settings.tenantColumns);
      const legacy = graph.ownedBy(table.id, 'policy').flatMap((policy) => {
        if (!policy.isPermissive || policyAudience(graph, policy, settings.clientRoles).length === 0) return [];
        const old = legacyColumns(graph, journal, policy, newer, names);
        return old.length === 0 ? [] : [{ policy, old }];
      });
      const [first, ...more] = legacy;
      if (first === undefined) return;
      const siblings = tenant.tables
        .filter((each) => each !== table.id)
        .map((each) => brief(graph.get('table', each).name));
      const policies = andList(
        legacy.map(({ policy }) => quoteIdentifier(policy.name)),
        3,
      );
      const old = new Set(legacy.flatMap((each) => each.old.map(({ name }) => quoteIdentifier(name))));
      report({
        entity: first.policy,
        message: 'legacy',
        data: {
          policies: more.length === 0 ? `The policy ${policies} decides` : `The policies ${policies} decide`,
          table: brief(table.name),
          old: andList([...old]),
          column: quoteIdentifier(column.name),
          siblings: andList(siblings, 2),
        },
        related: [
          ...relatedAt(column, `the newer key ${quoteIdentifier(column.name)}`),
          ...more.flatMap(({ policy }) => relatedAt(policy, `the policy ${quoteIdentifier(policy.name)}`)),
        ],
      });
    },
  },
});

interface NewerKey {
  readonly column: Column;
  readonly tenant: TenantName;
  readonly key: EntityOf<'foreignKey'>;
}

/** A nullable foreign key with a tenant's name that none of the table's own policies looks at. */
function newerKey(graph: SchemaGraph, table: EntityOf<'table'>, names: readonly TenantName[]): NewerKey | undefined {
  for (const tenant of names) {
    const column = graph.column(table.id, tenant.name);
    if (column === undefined || !isNullable(graph, column) || !tenant.tables.some((each) => each !== table.id))
      continue;
    const key = keyOf(graph, column);
    const isUsed = graph.dependentsOfKind(column.id, 'policy').some((each) => each.table === table.id);
    if (key !== undefined && !isUsed) return { column, tenant, key };
  }
  return undefined;
}

/**
 * The older keys by which the policy decides, to tables that know nothing of the newer one. What leads to a row of a tenant
 * (a message to its conversation) or to a person is no tenant's key.
 */
function legacyColumns(
  graph: SchemaGraph,
  journal: readonly Change[],
  policy: Policy,
  newer: NewerKey,
  names: readonly TenantName[],
): readonly Column[] {
  const parent = newer.key.referencedTable;
  const knows = (relation: EntityId) => relation === parent || graph.column(relation, newer.column.name) !== undefined;
  const comparisons = policyComparisons(graph, policy);
  if (comparisons.some(({ reads }) => reads.some(knows))) return [];
  const columns = comparisons.map((each) => graph.get('column', each.column));
  const isLegacy = (column: Column) => {
    const target = keyOf(graph, column)?.referencedTable;
    const referenced = target === undefined ? undefined : graph.find(target);
    if (referenced?.kind !== 'table' || knows(referenced.id) || isAccountTable(graph, referenced)) return false;
    return cameLater(journal, newer.column, column) && !isMeantToStay(graph, column, newer, names);
  };
  return columns.every(isLegacy) ? [...new Set(columns)] : [];
}

/** Added by a statement of its own: what one CREATE TABLE lists was planned together. */
function cameLater(journal: readonly Change[], newer: Column, older: Column): boolean {
  const added = bornBy(journal, newer.id);
  const made = bornBy(journal, older.id);
  return added !== undefined && (made === undefined || made.index < added.index);
}

/**
 * Says something that the old key stays the one that decides: what the newer one refers to is itself held apart by it, or it is
 * never NULL and either decides in several other tables or outlives what the newer one refers to.
 */
function isMeantToStay(graph: SchemaGraph, old: Column, { key }: NewerKey, names: readonly TenantName[]): boolean {
  const isHeldByOld = graph
    .ownedBy(key.referencedTable, 'policy')
    .some((each) => policyComparisons(graph, each).some(({ column }) => graph.get('column', column).name === old.name));
  if (isHeldByOld) return true;
  if (isNullable(graph, old)) return false;
  const others = names.filter(({ name }) => name === old.name).flatMap(({ tables }) => tables);
  return key.onDelete === 'set null' || others.filter((each) => each !== old.relation).length > 1;
}

function keyOf(graph: SchemaGraph, column: Column): EntityOf<'foreignKey'> | undefined {
  const keys = graph.ownedBy(column.relation, 'foreignKey');
  return keys.find((each) => each.columns.length === 1 && each.columns[0] === column.id);
}
