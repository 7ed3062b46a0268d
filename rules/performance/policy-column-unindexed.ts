import {
  andList,
  brief,
  clientAccess,
  defineRule,
  type EntityId,
  type EntityOf,
  estimatedRows,
  indexServing,
  isUnderRowSecurity,
  policiesFor,
  policyBranches,
  quoteIdentifier,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;
type Branches = ReturnType<typeof policyBranches>;

export default defineRule({
  meta: {
    id: 'policy-column-unindexed',
    category: 'performance',
    severity: 'medium',
    summary: 'The column by which policies find the rows of their caller leads no index.',
    why: 'A policy is a WHERE of every query. Where it compares a column with auth.uid() and no index begins with the column, each query that has no better condition of its own reads the whole table and throws away what belongs to others.',
    remedy: 'Create an index that begins with the column.',
    scope: [
      'Where a foreign key on the column has no index either, unindexed-foreign-key says so, and the same index serves both.',
      'Not reported where an index could not help: another permissive policy, or the other side of an OR, asks something that no index answers.',
    ],
    messages: {
      read: '{{roles}} {{read}} all of {{table}} to find the rows that the policy {{policy}} lets through: no index begins with {{columns}}, which it compares with the caller.',
      large:
        '{{roles}} {{read}} all of {{table}}, about {{rows}} rows, to find those that the policy {{policy}} lets through: no index begins with {{columns}}, which it compares with the caller.',
    },
    optionDocs: { manyRows: 'From how many live rows on the finding is high.' },
    restsOn: ['policies', 'rowSecurity', 'indexes', 'constraints', 'privileges'],
    references: ['https://supabase.com/docs/guides/database/postgres/row-level-security#add-indexes'],
  },
  defaults: { manyRows: 100_000 },
  visit: {
    table(table, { graph, settings, options, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity') || table.partitionOf !== null) return;
      const found = new Map<string, { branch: Branches[number]; roles: string[] }>();
      for (const { name, role, commands } of callersOf(graph, table, settings.clientRoles)) {
        if (!commands.includes('select') || !isUnderRowSecurity(graph, role, table)) continue;
        const policies = policiesFor(graph, table, 'select', role);
        const branches = policyBranches(
          graph,
          policies.filter((each) => each.isPermissive),
        );
        if (branches.some(({ columns }) => columns.length === 0)) continue;
        // A restrictive policy that finds the rows by an index is enough for all of them.
        const limits = policyBranches(
          graph,
          policies.filter((each) => !each.isPermissive),
        );
        if (limits.some((each) => isServed(graph, table, each))) continue;
        for (const branch of branches.filter((each) => !isServed(graph, table, each))) {
          const key = branch.columns.join();
          const entry = found.get(key) ?? { branch, roles: [] };
          found.set(key, entry);
          const shown = name === 'public' ? 'every role' : name;
          if (!entry.roles.includes(shown)) entry.roles.push(shown);
        }
      }
      for (const { branch, roles } of found.values()) {
        const [column] = branch.columns;
        if (column === undefined || branch.columns.some((each) => isOfUnindexedKey(graph, table, each))) continue;
        const names = graph.columnNames(branch.columns);
        const rows = estimatedRows(graph, table.id) ?? 0;
        const data = {
          roles: andList(roles),
          read: roles.length === 1 ? 'reads' : 'read',
          table: brief(table.name),
          policy: quoteIdentifier(branch.policy.name),
          columns: names.map(quoteIdentifier).join(' or '),
        };
        const [first = ''] = names;
        const about = {
          entity: branch.policy,
          discriminator: names.join(),
          fix: {
            title: 'Index the column (writes to the table wait while the index is built)',
            safety: 'review',
            sql: sql`create index on ${table.name} (${first});`,
          },
        } as const;
        if (rows >= options.manyRows) report({ ...about, message: 'large', data: { ...data, rows }, severity: 'high' });
        else report({ ...about, message: 'read', data });
      }
    },
  },
});

function callersOf(graph: SchemaGraph, table: Table, clientRoles: readonly string[]) {
  const policies = graph.ownedBy(table.id, 'policy');
  const named = policies.flatMap(({ roles }) => roles.flatMap((each) => (each === 'public' ? [] : each)));
  const names = named.map((each) => graph.get('role', each).name);
  return policies.length === 0 ? [] : clientAccess(graph, table, [...new Set([...clientRoles, ...names])]);
}

/** Also by a partial index: whether its condition fits the queries is not known here. */
function isServed(graph: SchemaGraph, table: Table, { columns }: Branches[number]): boolean {
  const leading = new Set(
    graph.ownedBy(table.id, 'index').flatMap((each) => (each.isValid ? (each.keys[0]?.column ?? []) : [])),
  );
  return columns.some((each) => leading.has(each) || indexServing(graph, table.id, [each]) !== undefined);
}

/** unindexed-foreign-key says that an index is missing, and its index begins with the column. */
function isOfUnindexedKey(graph: SchemaGraph, table: Table, column: EntityId): boolean {
  return graph
    .ownedBy(table.id, 'foreignKey')
    .some(
      (key) =>
        key.isEnforced &&
        key.parent === null &&
        key.columns[0] === column &&
        indexServing(graph, table.id, key.columns) === undefined,
    );
}
