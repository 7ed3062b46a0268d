import {
  admitsNothing,
  andList,
  brief,
  clientAccess,
  columnsComparedWithCaller,
  comesFromDefaults,
  commandsText,
  defineRule,
  isLeftToDefaults,
  quoteIdentifier,
  type RowCommand,
  raw,
  sql,
  writesTo,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'missing-write-policy',
    category: 'security',
    severity: 'medium',
    summary: 'Client roles hold write grants on a table of their own rows, but only reading has policies.',
    why: 'What no policy admits is refused. An INSERT fails with 42501, an UPDATE or DELETE touches 0 rows and reports success. The usual way out is the service key, and with it every check of whose row it is.',
    remedy:
      'Write policies for what clients are meant to write. Where only the server writes, take the grants away, so that the schema says so.',
    scope: [
      'Only tables whose rows belong to callers are looked at, and only where no function of the schema adds them.',
      'Low where the grants are no more than what default privileges give.',
    ],
    messages: {
      missing:
        '{{roles}} may {{commands}} {{table}} rows by {{by}}, but its {{policies}} for SELECT only: an INSERT fails, an UPDATE or DELETE finds no row, unless it goes round row security with the service key.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    table(table, { graph, settings, statements, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      const policies = graph.ownedBy(table.id, 'policy');
      const [first] = policies;
      if (first === undefined || policies.some((each) => each.command !== 'select')) return;
      if (policies.every((each) => admitsNothing(each, 'select'))) return;
      if (columnsComparedWithCaller(graph, table.id).size === 0) return;
      if (writesTo(graph, table.id).some(({ write }) => write.kind === 'insert')) return;
      const access = clientAccess(graph, table, settings.clientRoles).flatMap((each) => {
        const commands = each.commands.filter((command) => command !== 'select');
        return commands.length === 0 ? [] : [{ ...each, commands }];
      });
      if (access.length === 0) return;
      const letters = new Set<RowCommand>(access.flatMap(({ commands }) => commands));
      const names = access.map(({ name }) => (name === 'public' ? 'every role' : name));
      // On Supabase default privileges open every table: a table that only the server writes to looks the same, and most are.
      const isByDefault = isLeftToDefaults(graph, statements, table, access, 'awd');
      report({
        entity: table,
        severity: isByDefault ? 'low' : 'medium',
        origin: first.origin,
        message: 'missing',
        data: {
          roles: andList(names).replace(/^e/, 'E'),
          commands: commandsText(letters),
          table: brief(table.name),
          by: comesFromDefaults(graph, statements, table, access, 'awd') ? 'default privileges' : 'grants',
          policies:
            policies.length === 1 ? `policy ${quoteIdentifier(first.name)} is` : `${policies.length} policies are`,
        },
        fix: {
          title: 'Take the grants away, if only the server writes (else write the policies)',
          safety: 'review',
          sql: sql`revoke insert, update, delete on ${table.name} from ${access.map(({ name }) => (name === 'public' ? raw('public') : name))};`,
        },
      });
    },
  },
});
