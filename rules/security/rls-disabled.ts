import {
  brief,
  type ClientAccess,
  childrenOf,
  clientAccess,
  clientsOf,
  commandsText,
  counted,
  defineRule,
  type EntityOf,
  isWithoutRowSecurity,
  parentTables,
  securedAncestor,
  sql,
} from '../../src/rule/index.ts';

type Table = EntityOf<'table'>;

export default defineRule({
  meta: {
    id: 'rls-disabled',
    category: 'security',
    severity: 'critical',
    summary: 'A table that the API serves to client roles has row security off.',
    why: 'The key of a client role is public: it is in every browser that uses the app. Without row security the grants alone decide, and they are for all rows.',
    remedy:
      'Turn row security on, and write a policy for what clients may see; or revoke the grants, or move the table out of the exposed schemas. Tables with policies are reported by policies-without-rls, open partitions of a table that has row security on by partition-rls-bypass.',
    messages: {
      open: '{{roles}} may {{commands}} every row of {{table}} through the API: row security is off.',
      partitioned:
        '{{roles}} may {{commands}} every row of {{table}} and its {{partitions}} through the API: row security is off.',
    },
    restsOn: ['rowSecurity', 'privileges', 'policies'],
    equivalents: ['splinter:0013'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    table(table, { graph, settings, report }) {
      const access = accessTo(table);
      if (access.length === 0 || securedAncestor(graph, table) !== undefined) return;
      // One finding, and one fix, for a table and its open partitions or children.
      if (parentTables(graph, table).some((parent) => accessTo(parent).length > 0)) return;
      const parts = openParts(table);
      const data = {
        table: brief(table.name),
        roles: clientsOf(access, true),
        commands: commandsText(access.flatMap((each) => each.commands)),
      };
      const about = {
        entity: table,
        ...(table.setBy.rowSecurity === undefined ? {} : { origin: table.setBy.rowSecurity }),
        fix: {
          title: 'Turn row security on: clients then see nothing until policies let them',
          safety: 'review',
          sql: [table, ...parts].map(({ name }) => sql`alter table ${name} enable row level security;`).join('\n'),
        },
      } as const;
      if (parts.length === 0) report({ ...about, message: 'open', data });
      else {
        const counting =
          table.partitionKey === null ? counted(parts.length, 'child', 'children') : counted(parts.length, 'partition');
        report({ ...about, message: 'partitioned', data: { ...data, partitions: counting } });
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
