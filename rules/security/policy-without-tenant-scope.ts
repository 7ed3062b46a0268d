import {
  andList,
  asksCaller,
  brief,
  callerComparisons,
  clientsOf,
  commandsText,
  decidingClause,
  defineRule,
  type EntityOf,
  foldBoolean,
  looseScope,
  policiesFor,
  policyAudience,
  policyComparisons,
  quoteIdentifier,
  ROW_COMMANDS,
  type RowCommand,
  type SchemaGraph,
  tenantScopes,
} from '../../src/rule/index.ts';

type Policy = EntityOf<'policy'>;

export default defineRule({
  meta: {
    id: 'policy-without-tenant-scope',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'A policy of a table with a tenant column lets members of every tenant pass.',
    why: 'The policies of other tables compare the tenant column with the caller. One that asks only whether somebody is signed in, or belongs to any tenant at all, shows or hands the rows of all tenants to each of them: permissive policies are joined by OR.',
    remedy:
      'Compare the tenant column with the caller, as the other tables do, or add a restrictive policy that does. Policies that ask for a role above the tenants, or for something of the row (published, shared), are not reported; nor are those that are always true, which read-policy-always-true and write-policy-always-true report.',
    messages: {
      signedIn:
        'The policy {{policy}} lets {{roles}} {{commands}} the {{table}} rows of every {{column}}: it asks only for somebody signed in, while {{siblings}} compare {{column}} with the caller.',
      member:
        'The policy {{policy}} lets {{roles}} {{commands}} the {{table}} rows of every {{column}}: a row in {{members}} for any {{column}} is enough, while {{siblings}} compare {{column}} with the caller.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'columns'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      if (!policy.isPermissive) return;
      const table = graph.get('table', policy.table);
      const names = tenantScopes(graph, settings.tenantColumns).filter(({ tables }) =>
        tables.some((each) => each !== table.id),
      );
      const tenant = names.find(({ name }) => graph.column(table.id, name) !== undefined);
      if (tenant === undefined) return;
      const commands = ROW_COMMANDS.filter((each) => isLoose(graph, policy, each, tenant.name));
      const [command] = commands;
      const clause = command && decidingClause(policy, command);
      if (clause == null) return;
      const column = graph.column(table.id, tenant.name);
      const access = policyAudience(graph, policy, settings.clientRoles).flatMap(({ name, role, commands: held }) => {
        const met = held.filter(
          (each) =>
            commands.includes(each) &&
            !policiesFor(graph, table, each, role).some((other) => !other.isPermissive && compares(other)),
        );
        return met.length === 0 ? [] : [{ name, commands: met }];
      });
      if (access.length === 0) return;
      const met = new Set<RowCommand>(access.flatMap((each) => each.commands));
      const siblings = tenant.tables
        .filter((each) => each !== table.id)
        .map((each) => brief(graph.get('table', each).name));
      const data = {
        policy: quoteIdentifier(policy.name),
        table: brief(table.name),
        column: quoteIdentifier(tenant.name),
        roles: clientsOf(access),
        commands: commandsText(met),
        siblings: `policies of ${andList(siblings, 2)}`,
      };
      const scope = looseScope(graph, clause, tenant.name);
      if (scope?.asks === 'member')
        report({ entity: policy, message: 'member', data: { ...data, members: brief(scope.of.name) } });
      else report({ entity: policy, message: 'signedIn', data });

      function compares(other: Policy): boolean {
        return policyComparisons(graph, other).some((each) => each.column === column?.id);
      }
    },
  },
});

/** A WITH CHECK beside a USING is policy-check-weaker-than-using's. */
function isLoose(graph: SchemaGraph, policy: Policy, command: RowCommand, column: string): boolean {
  const clause = decidingClause(policy, command);
  if (clause === null || foldBoolean(clause.tree) !== undefined) return false;
  if (clause === policy.check && policy.using !== null) return false;
  if (!asksCaller(graph, clause.tree, clause)) return false;
  return callerComparisons(graph, clause).length === 0 && looseScope(graph, clause, column) !== undefined;
}
