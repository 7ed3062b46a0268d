import {
  admittingPolicies,
  type ClientAccess,
  clientAccess,
  clientsOf,
  commandsText,
  counted,
  defineRule,
  type EntityOf,
  isSecuredByEventTrigger,
  letInByRows,
  orList,
  quoteIdentifier,
  relatedAt,
  rowSecurityOn,
  tableOrLog,
  withPersonal,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'policies-without-rls',
    category: 'security',
    severity: 'critical',
    summary: 'A table has policies but row security is off.',
    why: 'Policies do nothing until row security is turned on for their table. It looks protected and is not.',
    remedy:
      'Turn row security on, or drop the policies if the table is meant to be open. Once it is on, a command for which no policy admits a role fails or meets no row: the fix says for whom.',
    messages: {
      open: '{{policies}} of {{table}} {{do}} nothing, since row security is off: {{roles}} may reach every row{{among}}.{{letIn}}',
      idle: '{{policies}} of {{table}} {{do}} nothing, since row security is off.',
    },
    restsOn: ['rowSecurity', 'policies', 'privileges'],
    equivalents: ['splinter:0007'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    table(table, { graph, settings, report }) {
      const policies = graph.ownedBy(table.id, 'policy');
      if (policies.length === 0 || table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      const turnedOff = table.setBy.rowSecurity;
      if (turnedOff === undefined && isSecuredByEventTrigger(graph, table)) return;
      const isExposed = settings.exposedSchemas.includes(table.name.schema);
      const access = isExposed ? clientAccess(graph, table, settings.clientRoles) : [];
      const [only] = policies;
      const data = {
        table: tableOrLog(graph, table),
        policies:
          policies.length === 1 && only !== undefined
            ? `The policy ${quoteIdentifier(only.name)}`
            : `The ${counted(policies.length, 'policy', 'policies')}`,
        do: policies.length === 1 ? 'does' : 'do',
      };
      const about = {
        entity: table,
        ...(turnedOff === undefined ? {} : { origin: turnedOff }),
        related: policies.slice(0, 3).flatMap((each) => relatedAt(each, `policy ${quoteIdentifier(each.name)}`)),
        fix: () => {
          const title = `Turn row security on: the policies then decide${notLetText(table, access)}`;
          return rowSecurityOn(graph, [table], title, settings.clientRoles);
        },
      };
      if (access.length === 0) report({ ...about, message: 'idle', data });
      else {
        const roles = clientsOf(access);
        const { text: letIn } = letInByRows(graph, table, access, ['update', 'insert'], settings.clientRoles);
        report({
          ...about,
          message: 'open',
          data: { ...data, roles, among: withPersonal(graph, table, access), letIn },
        });
      }

      /** What the policies let nobody who is signed in do: that anon may do less is what they are for. */
      function notLetText(of: EntityOf<'table'>, access: readonly ClientAccess[]): string {
        const lost = access
          .filter(({ name }) => name !== 'anon')
          .map((each) => {
            const commands = each.commands.filter((one) => admittingPolicies(graph, of, one, each).length === 0);
            return { ...each, commands };
          })
          .filter(({ commands }) => commands.length > 0);
        const text = lost.map(({ name, commands }) => `${clientsOf([{ name }])} ${commandsText(commands, orList)}`);
        return text.length === 0 ? '' : `, none of which lets ${orList(text)} rows`;
      }
    },
  },
});
