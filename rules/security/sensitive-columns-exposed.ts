import {
  andList,
  brief,
  CLOSED_TO_CLIENTS,
  COLUMN_NAMES,
  clientAccess,
  clientsOf,
  defineRule,
  hasRole,
  isSecuredByEventTrigger,
  mayColumn,
  PASSWORD_HASHES,
  personalColumns,
  quoteIdentifier,
  relatedAt,
  rowSecurityOn,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'sensitive-columns-exposed',
    category: 'security',
    severity: 'critical',
    summary: 'Client roles can read secrets or personal data of every row, since row security is off.',
    why: 'The key of a client role is public. Without row security its grants alone decide, and they are for all rows: everything in these columns is to be taken as known to anybody, and secrets among it have to be replaced.',
    remedy: 'Turn row security on, and write a policy for whose rows a client may see.',
    scope: [
      'Where rls-disabled or policies-without-rls runs and says of the same table who may do what with it, that finding names these columns, and this one is left out (but not where the options alone say that one of them is such); for a table that is meant to be open, move these columns to a table of their own.',
      'Partitions are reported once, with their parent.',
    ],
    messages: {
      open: '{{roles}} may read {{columns}} of every row of {{table}} through the API: row security is off.',
    },
    restsOn: ['rowSecurity', 'privileges', 'columns'],
    equivalents: ['splinter:0023'],
    references: ['https://supabase.com/docs/guides/database/database-linter?lint=0023_sensitive_columns_exposed'],
    optionDocs: {
      secretColumns: 'Names of columns that hold secrets (text or JSON), by whole words.',
      hashColumns: 'Names of columns that hold hashes of passwords, which can be tried out elsewhere.',
      personalColumns: 'Names of columns that hold personal data beyond a name and an address to write to.',
    },
  },
  defaults: {
    secretColumns: COLUMN_NAMES.secret,
    hashColumns: PASSWORD_HASHES,
    personalColumns: COLUMN_NAMES.pii,
  },
  visit: {
    table(table, { graph, settings, options, report }) {
      if (table.rowSecurity || !graph.isKnown(table, 'rowSecurity') || table.persistence === 'temporary') return;
      if (!settings.exposedSchemas.includes(table.name.schema)) return;
      if (table.setBy.rowSecurity === undefined && isSecuredByEventTrigger(graph, table)) return;
      const named = graph
        .columns(table.id)
        .filter(
          (column) =>
            !column.isInherited &&
            (hasRole(graph, column, 'secret', options.secretColumns) ||
              hasRole(graph, column, 'secret', options.hashColumns) ||
              hasRole(graph, column, 'bearer') ||
              hasRole(graph, column, 'pii', options.personalColumns)),
        );
      const readers = clientAccess(graph, table, settings.clientRoles).filter(({ role }) =>
        named.some((column) => mayColumn(graph, role, column, 'r')),
      );
      const columns = named.filter((column) => readers.some(({ role }) => mayColumn(graph, role, column, 'r')));
      const [first, ...others] = columns;
      if (first === undefined) return;
      const personal = personalColumns(graph, table);
      report({
        entity: table,
        origin: first.origin,
        message: 'open',
        // They name these columns, but for such as the options alone say, and turn row security on as well.
        ...(columns.every((each) => personal.includes(each))
          ? { toldBy: ['rls-disabled', 'policies-without-rls'] }
          : {}),
        data: {
          roles: clientsOf(readers, true),
          columns: andList(
            columns.map(({ name }) => quoteIdentifier(name)),
            4,
          ),
          table: brief(table.name),
        },
        related: others.slice(0, 5).flatMap((each) => relatedAt(each, quoteIdentifier(each.name))),
        fix: () => rowSecurityOn(graph, [table], CLOSED_TO_CLIENTS, settings.clientRoles),
      });
    },
  },
});
