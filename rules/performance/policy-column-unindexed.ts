import {
  andList,
  anotherAt,
  brief,
  clientAccess,
  defineRule,
  type EntityId,
  type EntityOf,
  estimatedRows,
  groupedBy,
  indexServing,
  isUnderRowSecurity,
  orList,
  policiesFor,
  policyBranches,
  quoteIdentifier,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;
type Branches = ReturnType<typeof policyBranches>;

/** An alternative that no index serves, and for whom. */
interface Lacking {
  readonly branch: Branches[number];
  readonly roles: string[];
}

export default defineRule({
  meta: {
    id: 'policy-column-unindexed',
    category: 'performance',
    severity: 'medium',
    summary: 'The column by which policies find the rows of their caller leads no index.',
    why: 'A policy is a WHERE of every query. Where it compares a column with auth.uid() and no index begins with the column, each query that has no better condition of its own reads the whole table and throws away what belongs to others.',
    remedy: 'Create an index that begins with the column, and one for each of several that an OR joins.',
    scope: [
      'Where a foreign key on the column has no index either, unindexed-foreign-key says so, and the same index serves both.',
      'Not reported where an index could not help: another permissive policy, or the other side of an OR, asks something that no index answers.',
      'Columns that an OR joins, in one policy or by several, are one finding: an index on one of them alone does nothing.',
    ],
    messages: {
      read: '{{roles}} {{read}} all of {{table}} to find the rows that the policy {{policy}} lets through: no index begins with {{columns}}, which it compares with the caller.',
      large:
        '{{roles}} {{read}} all of {{table}}, about {{rows}} rows, to find those that the policy {{policy}} lets through: no index begins with {{columns}}, which it compares with the caller.',
      several:
        '{{roles}} {{read}} all of {{table}}{{size}} to find the rows that {{policies}} through: no index begins with {{columns}}, which are compared with the caller. OR joins these, so that an index on one is of use only where the others have theirs.',
    },
    optionDocs: { manyRows: 'From how many live rows on the finding is high.' },
    restsOn: ['policies', 'rowSecurity', 'indexes', 'constraints', 'privileges'],
    references: ['https://supabase.com/docs/guides/database/postgres/row-level-security#add-indexes'],
  },
  defaults: { manyRows: 100_000 },
  visit: {
    table(table, { graph, settings, options, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity') || table.partitionOf !== null) return;
      const found = new Map<string, Lacking>();
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
      const lacking = [...found.values()].filter(
        ({ branch }) =>
          branch.columns.length > 0 && !branch.columns.some((each) => isOfUnindexedKey(graph, table, each)),
      );
      for (const all of groupedBy(lacking, ({ roles }) => roles.join()).values()) tellOf(all);

      function tellOf(all: readonly Lacking[]): void {
        const [first, another] = all;
        if (first === undefined) return;
        const { branch, roles } = first;
        const rows = estimatedRows(graph, table.id) ?? 0;
        const isLarge = rows >= options.manyRows;
        const names = graph.columnNames(branch.columns);
        const leading = [...new Set(all.flatMap((each) => graph.columnNames(each.branch.columns)[0] ?? []))];
        const policies = [...new Set(all.map((each) => each.branch.policy))];
        const isOneIndex = leading.length === 1;
        const data = { roles: andList(roles), read: roles.length === 1 ? 'reads' : 'read', table: brief(table.name) };
        const about = {
          entity: branch.policy,
          discriminator: another === undefined ? names.join() : leading.join(),
          related: policies.slice(1).flatMap((each) => anotherAt(each, `${quoteIdentifier(each.name)} as well`)),
          ...(isLarge ? { severity: 'high' as const } : {}),
          fix: {
            title: `Index the ${isOneIndex ? 'column' : 'columns'} (writes to the table wait while ${isOneIndex ? 'the index is' : 'the indexes are'} built)`,
            safety: 'review',
            sql: leading.map((each) => sql`create index on ${table.name} (${each});`).join('\n'),
          },
        } as const;
        if (another !== undefined && !isOneIndex) {
          const named = policies.map(({ name }) => quoteIdentifier(name));
          const size = isLarge ? `, about ${rows} rows,` : '';
          const which = `${named.length === 1 ? 'the policy' : 'the policies'} ${andList(named, 3)} ${named.length === 1 ? 'lets' : 'let'}`;
          report({
            ...about,
            message: 'several',
            data: { ...data, size, policies: which, columns: orList(leading.map(quoteIdentifier)) },
          });
          return;
        }
        const told = {
          ...data,
          policy: quoteIdentifier(branch.policy.name),
          columns: names.map(quoteIdentifier).join(' or '),
        };
        if (isLarge) report({ ...about, message: 'large', data: { ...told, rows } });
        else report({ ...about, message: 'read', data: told });
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
