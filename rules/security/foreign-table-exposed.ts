import {
  brief,
  clientAccess,
  clientsMay,
  defineRule,
  quoteIdentifier,
  revokeFromClients,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'foreign-table-exposed',
    category: 'security',
    severity: 'medium',
    summary: 'A foreign table in a schema that the API serves is open to client roles.',
    why: 'Foreign tables have no row security. Whoever may select from one gets whatever the other server hands out to the user that is mapped there, and may write there what the grants allow.',
    remedy:
      'Keep foreign tables in a schema that the API does not serve, or revoke them from the client roles, and hand out what each caller may see by a function or a view over them that filters by the caller.',
    messages: {
      open: '{{clients}} every row of {{table}} through the API: it is a foreign table{{server}}, which has no row security.',
    },
    restsOn: ['privileges'],
    equivalents: ['splinter:0017'],
    references: ['https://supabase.com/docs/guides/database/database-linter?lint=0017_foreign_table_in_api'],
  },
  visit: {
    foreignTable(table, { graph, settings, report }) {
      if (!settings.exposedSchemas.includes(table.name.schema)) return;
      const access = clientAccess(graph, table, settings.clientRoles);
      if (access.length === 0) return;
      const server =
        table.server === null ? '' : ` of ${quoteIdentifier(graph.get('foreignServer', table.server).name)}`;
      const revoke = revokeFromClients(graph, table, settings.clientRoles);
      report({
        entity: table,
        message: 'open',
        data: {
          clients: clientsMay(access),
          table: brief(table.name),
          server,
        },
        ...(revoke === undefined
          ? {}
          : { fix: { title: 'Take it from the client roles', safety: 'review', sql: revoke } as const }),
      });
    },
  },
});
