import {
  admittingPolicies,
  bracketed,
  brief,
  callerlessWrite,
  clientAccess,
  clientsOf,
  commandsText,
  defineRule,
  type EntityOf,
  type Fix,
  isAuditTable,
  isForStandings,
  isNamed,
  isNamedForServiceRole,
  isShown,
  isStorageObjects,
  openPolicy,
  POLICY_NAMES,
  policyAudience,
  quoteIdentifier,
  type RowCommand,
  raw,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'policy-wider-than-name',
    category: 'security',
    severity: 'low',
    confidence: 'likely',
    summary: 'A policy that is named for reading lets clients write.',
    why: 'A policy without FOR is one FOR ALL, and its USING then says also which rows may be added, changed and deleted. Whoever reads "users can view their own history" takes the rows for something that only the server writes; users may add what never happened, change it, and delete it.',
    remedy:
      'Make it FOR SELECT, and give writing a policy of its own where clients are meant to write; or rename the policy after what it lets them do.',
    scope: [
      'Medium where the table is a log or a history, which is worth what nobody can forge in it.',
      'Not reported: writing that another policy gives the same clients as well, policies for a role only (admins), and those that ask nothing of the caller (write-policy-always-true, write-policy-without-caller).',
    ],
    messages: {
      all: 'The policy {{policy}} is named for reading, but is FOR ALL: by it, and by no other, {{clients}} may {{commands}} {{table}} rows.',
      one: 'The policy {{policy}} is named for reading, but is FOR {{command}}: by it, and by no other, {{clients}} may {{commands}} {{table}} rows.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      if (policy.command === 'select' || !policy.isPermissive || !isShown(policy, graph)) return;
      if (!isNamed(policy.name, POLICY_NAMES.reading) || isNamedForServiceRole(policy)) return;
      const table = graph.get('table', policy.table);
      // Page views and readings are rows.
      if (isNamed(table.name.name, POLICY_NAMES.reading)) return;
      if (isStorageObjects(table) || openPolicy(graph, policy, settings) !== undefined) return;
      if (isForStandings(graph, policy) || callerlessWrite(graph, policy, settings.clientRoles) !== undefined) return;
      const access = policyAudience(graph, policy, settings.clientRoles).flatMap((each) => {
        const commands = each.commands.filter((command) => {
          if (command === 'select') return false;
          const admitting = admittingPolicies(graph, table, command, each);
          return admitting.length === 1 && admitting[0] === policy;
        });
        return commands.length === 0 ? [] : [{ ...each, commands }];
      });
      if (access.length === 0) return;
      const commands = new Set<RowCommand>(access.flatMap((each) => each.commands));
      const data = {
        policy: quoteIdentifier(policy.name),
        clients: clientsOf(access),
        commands: commandsText(commands),
        table: brief(table.name),
      };
      const isTrail = isAuditTable(graph, table);
      const about = { entity: policy, ...(isTrail ? ({ severity: 'medium' } as const) : {}) };
      // Elsewhere the name may be what is wrong.
      const fix = () => (isTrail ? fixFor(graph, policy, settings.clientRoles) : undefined);
      if (policy.command === 'all') report({ ...about, message: 'all', data, fix });
      else report({ ...about, message: 'one', data: { ...data, command: policy.command.toUpperCase() } });
    },
  },
});

function fixFor(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): Fix | undefined {
  if (policy.using === null) return undefined;
  const table = graph.get('table', policy.table);
  const roles = policy.roles.map((each) =>
    each === 'public' ? 'public' : quoteIdentifier(graph.get('role', each).name),
  );
  const others = graph.ownedBy(policy.table, 'policy').filter((each) => each !== policy);
  const writers = others.every(({ command }) => command === 'select')
    ? clientAccess(graph, table, clientRoles).filter(({ commands }) => commands.some((each) => each !== 'select'))
    : [];
  const narrowed = [
    sql`drop policy ${policy.name} on ${table.name};`,
    sql`create policy ${policy.name} on ${table.name} for select to ${raw(roles.join(', '))}\n  using ${raw(bracketed(policy.using.text))};`,
  ];
  const revoked = writers.map(
    ({ name }) => sql`revoke insert, update, delete on ${table.name} from ${name === 'public' ? raw(name) : name};`,
  );
  return {
    title: `Let it be for reading only, as it says${writers.length > 0 ? ', and take the grants that no policy serves then' : ''} (in one transaction)`,
    safety: 'review',
    sql: [...narrowed, ...revoked].join('\n'),
  };
}
