import {
  brief,
  clientAccess,
  clientsOf,
  counted,
  defineRule,
  isSecuredByEventTrigger,
  quoteIdentifier,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'policies-without-rls',
    category: 'security',
    severity: 'critical',
    summary: 'A table has policies but row security is off.',
    why: 'Policies do nothing until row security is turned on for their table. It looks protected and is not.',
    remedy: 'Turn row security on, or drop the policies if the table is meant to be open.',
    messages: {
      open: '{{policies}} of {{table}} {{do}} nothing, since row security is off: {{roles}} may reach every row.',
      idle: '{{policies}} of {{table}} {{do}} nothing, since row security is off.',
    },
    restsOn: ['rowSecurity', 'policies'],
    equivalents: ['splinter:0007'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    table(table, { graph, settings, report }) {
      const policies = graph.ownedBy(table.id, 'policy');
      if (policies.length === 0 || table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      const turnedOff = table.setBy.rowSecurity;
      if (turnedOff === undefined && isSecuredByEventTrigger(graph, table)) return;
      const [only] = policies;
      const data = {
        table: brief(table.name),
        policies:
          policies.length === 1 && only !== undefined
            ? `The policy ${quoteIdentifier(only.name)}`
            : `The ${counted(policies.length, 'policy', 'policies')}`,
        do: policies.length === 1 ? 'does' : 'do',
      };
      const about = {
        entity: table,
        ...(turnedOff === undefined ? {} : { origin: turnedOff }),
        related: policies.slice(0, 3).flatMap(({ name, origin }) => {
          return origin.from === 'statement' ? [{ note: `policy ${quoteIdentifier(name)}`, at: origin.at }] : [];
        }),
        fix: {
          title: 'Turn row security on: the policies then decide',
          safety: 'review',
          sql: sql`alter table ${table.name} enable row level security;`,
        },
      } as const;
      const isExposed = settings.exposedSchemas.includes(table.name.schema);
      const access = isExposed ? clientAccess(graph, table, settings.clientRoles) : [];
      if (access.length === 0) report({ ...about, message: 'idle', data });
      else {
        const roles = clientsOf(access);
        report({ ...about, message: 'open', data: { ...data, roles } });
      }
    },
  },
});
