import {
  andList,
  brief,
  type ClientAccess,
  type ColumnRole,
  childrenOf,
  clientAccess,
  clientsOf,
  columnsWithRole,
  comesFromDefaults,
  commandsText,
  counted,
  defineRule,
  type EntityOf,
  isAccountTable,
  isSeeded,
  isWithoutRowSecurity,
  mayColumn,
  parentTables,
  quoteIdentifier,
  securedAncestor,
  sql,
  tenantColumns,
  writesTo,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

/** Of secrets and identity sensitive-columns-exposed tells as well, as they are to be replaced or mended by themselves. */
const PERSONAL: readonly ColumnRole[] = ['secret', 'bearer', 'pii', 'email', 'phone', 'payment'];

export default defineRule({
  meta: {
    id: 'rls-disabled',
    category: 'security',
    severity: 'critical',
    summary: 'A table that the API serves to client roles has row security off.',
    why: 'The key of a client role is public: it is in every browser that uses the app. Without row security the grants alone decide, and they are for all rows.',
    remedy:
      'Turn row security on, and write a policy for what clients may see; or revoke the grants, or move the table out of the exposed schemas. Tables with policies are reported by policies-without-rls, open partitions of a table that has row security on by partition-rls-bypass. A list that the migrations fill and that clients may only read is medium, unless it holds secrets, personal data or what belongs to somebody.',
    messages: {
      open: '{{roles}} may {{commands}} every row of {{table}}{{among}} through the API: row security is off.{{origin}}',
      readable:
        '{{roles}} may read every row of {{table}} through the API: row security is off. That is all they may do, its rows come from the migrations, and nothing in it is personal, which is why this is medium.{{origin}}',
      partitioned:
        '{{roles}} may {{commands}} every row of {{table}} and its {{partitions}} through the API: row security is off.{{origin}}',
    },
    restsOn: ['rowSecurity', 'privileges', 'policies'],
    equivalents: ['splinter:0013'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    table(table, { graph, statements, settings, report }) {
      const access = accessTo(table);
      if (access.length === 0 || securedAncestor(graph, table) !== undefined) return;
      // One finding, and one fix, for a table and its open partitions or children.
      if (parentTables(graph, table).some((parent) => accessTo(parent).length > 0)) return;
      const parts = openParts(table);
      const data = {
        table: brief(table.name),
        roles: clientsOf(access, true),
        commands: commandsText(access.flatMap((each) => each.commands)),
        origin: comesFromDefaults(graph, statements, table, access) ? ' That comes from default privileges.' : '',
      };
      const place = {
        entity: table,
        ...(table.setBy.rowSecurity === undefined ? {} : { origin: table.setBy.rowSecurity }),
      };
      // No fix: turned on by itself, row security would close what everybody may be meant to read.
      if (parts.length === 0 && isShownList(table, access)) {
        report({ ...place, message: 'readable', data, severity: 'medium' });
        return;
      }
      const about = {
        ...place,
        fix: {
          title: 'Turn row security on: clients then see nothing until policies let them',
          safety: 'review',
          sql: [table, ...parts].map(({ name }) => sql`alter table ${name} enable row level security;`).join('\n'),
        },
      } as const;
      if (parts.length === 0) report({ ...about, message: 'open', data: { ...data, among: amongThem(table, access) } });
      else {
        const counting =
          table.partitionKey === null ? counted(parts.length, 'child', 'children') : counted(parts.length, 'partition');
        report({ ...about, message: 'partitioned', data: { ...data, partitions: counting } });
      }

      /** A list that the migrations fill, which others may only read, and that says nothing of anybody. */
      function isShownList(each: Table, access: readonly ClientAccess[]): boolean {
        if (!access.every(({ commands }) => commands.every((one) => one === 'select'))) return false;
        if (!isSeeded(statements, each) || writesTo(graph, each.id).length > 0) return false;
        const tenants = tenantColumns(graph, settings.tenantColumns);
        const isSomebodys = graph.ownedBy(each.id, 'foreignKey').some((key) => {
          const target = graph.get('table', key.referencedTable);
          return isAccountTable(graph, target);
        });
        return (
          !isSomebodys &&
          !graph.columns(each.id).some(({ id }) => tenants.has(id)) &&
          !PERSONAL.some((role) => columnsWithRole(graph, each.id, role).length > 0)
        );
      }

      /** What is sensitive among the columns that one of the roles may read: ` with its email and phone`. */
      function amongThem(each: Table, access: readonly ClientAccess[]): string {
        const columns = PERSONAL.flatMap((role) => columnsWithRole(graph, each.id, role)).filter((column) =>
          access.some(({ role }) => mayColumn(graph, role, column, 'r')),
        );
        const names = [...new Set(columns)].map(({ name }) => quoteIdentifier(name));
        return names.length === 0 ? '' : ` with its ${andList(names, 4)}`;
      }

      /** Empty where it is closed, or not served. */
      function accessTo(each: Table): readonly ClientAccess[] {
        const isServed = settings.exposedSchemas.includes(each.name.schema);
        return isServed && isWithoutRowSecurity(graph, each) ? clientAccess(graph, each, settings.clientRoles) : [];
      }

      function openParts(of: Table): readonly Table[] {
        const found = childrenOf(graph, of).flatMap((each) => {
          const isOpen = accessTo(each).length > 0 && securedAncestor(graph, each) === undefined;
          return [...(isOpen ? [each] : []), ...openParts(each)];
        });
        return [...new Set(found)];
      }
    },
  },
});
