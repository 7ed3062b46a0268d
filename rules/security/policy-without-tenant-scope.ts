import {
  andList,
  asksCaller,
  type BoundExpression,
  brief,
  callerComparisons,
  clientsOf,
  commandsText,
  decidingClause,
  defineRule,
  type EntityOf,
  failsToday,
  foldBoolean,
  looseScope,
  openToRoles,
  policiesFor,
  policyAudience,
  policyComparisons,
  policyOf,
  quoteIdentifier,
  ROW_COMMANDS,
  type RowCommand,
  relatedAt,
  type SchemaGraph,
  seesEveryRow,
  sharedScope,
  unscopedMembership,
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
    remedy: 'Compare the tenant column with the caller, as the other tables do, or add a restrictive policy that does.',
    scope: [
      'Policies that ask for a role above the tenants, or for something of the row (published, shared), are not reported; nor are commands for which the other tables let everybody through.',
      'By a column of authors (created_by) it is medium, and only for writing; where whoever is signed in may change or delete the rows of all tenants it is critical, as write-policy-always-true has it.',
      'A helper that finds the caller among the members of any tenant (is_manager()) counts where members are keyed by user and tenant, the row refers to a tenant, and a policy of another table compares the two.',
      'Policies that are always true are not reported: those read-policy-always-true and write-policy-always-true report.',
    ],
    messages: {
      signedIn:
        'The policy {{policy}} lets {{roles}} {{commands}} the {{table}} rows of every {{column}}: it asks only for somebody signed in, while {{siblings}} compare {{column}} with the caller.{{today}}',
      member:
        'The policy {{policy}} lets {{roles}} {{commands}} the {{table}} rows of every {{column}}: a row in {{members}} for any {{column}} is enough, while {{siblings}} compare {{column}} with the caller.{{today}}',
      helper:
        'The policy {{policy}} lets {{roles}} {{commands}} the {{table}} rows of every {{column}}: {{helper}} finds the caller in {{members}} for any {{membersColumn}} and is given nothing of the row, while {{tied}} compares it.{{today}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'columns'],
    references: ['https://www.postgresql.org/docs/current/ddl-rowsecurity.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      if (!policy.isPermissive) return;
      const table = graph.get('table', policy.table);
      const scopes = ROW_COMMANDS.flatMap((command) => {
        const clause = clauseWithoutRow(graph, policy, command);
        const scope = clause && sharedScope(graph, table, command, settings);
        if (clause === undefined || scope === undefined) return [];
        const asked = looseScope(graph, clause, scope.column.name);
        return asked === undefined ? [] : [{ command, asked, ...scope }];
      });
      const [first] = scopes;
      if (first === undefined) return tellOfHelper();
      const { asked, column, isAuthor, siblings } = first;
      const commands = scopes.filter((each) => each.column === column).map(({ command }) => command);
      const access = policyAudience(graph, policy, settings.clientRoles).flatMap(({ name, role, commands: held }) => {
        const met = held.filter(
          (each) =>
            commands.includes(each) &&
            !policiesFor(graph, table, each, role).some((other) => !other.isPermissive && compares(other)),
        );
        return met.length === 0 ? [] : [{ name, role, commands: met }];
      });
      if (access.length === 0) return;
      const met = new Set<RowCommand>(access.flatMap((each) => each.commands));
      const today = failsToday(graph, table, access, settings.clientRoles);
      const names = siblings.map(({ name }) => brief(name));
      const data = {
        policy: quoteIdentifier(policy.name),
        table: brief(table.name),
        column: quoteIdentifier(column.name),
        roles: clientsOf(access),
        commands: commandsText(met),
        today,
        siblings: `policies of ${andList(names, 2)}`,
      };
      const isOpenToWrite =
        asked.asks !== 'member' && openToRoles(graph, policy, WRITES, settings.clientRoles).length > 0;
      // Who wrote a row is not whose it is.
      const severity = isAuthor ? 'medium' : isOpenToWrite && today === '' ? 'critical' : 'high';
      const about = { entity: policy, severity } as const;
      if (asked.asks === 'member')
        report({ ...about, message: 'member', data: { ...data, members: brief(asked.of.name) } });
      else report({ ...about, message: 'signedIn', data });

      /** Of what one is a member of, other tables need not have a column of that name. */
      function tellOfHelper(): void {
        const found = ROW_COMMANDS.flatMap((command) => {
          const clause = clauseWithoutRow(graph, policy, command);
          const unscoped = clause && unscopedMembership(graph, table, clause);
          return unscoped === undefined ? [] : [{ command, unscoped }];
        });
        const [one] = found;
        if (one === undefined) return;
        const { column, membersColumn, members, tenants, helper, tied } = one.unscoped;
        const access = policyAudience(graph, policy, settings.clientRoles).flatMap((each) => {
          const met = each.commands.filter(
            (command) =>
              found.some((other) => other.command === command && other.unscoped.helper === helper) &&
              // Where the tenants are for all to read, what is theirs may be as well.
              (command !== 'select' || seesEveryRow(graph, each, tenants) !== true) &&
              !policiesFor(graph, table, command, each.role).some((other) => !other.isPermissive),
          );
          return met.length === 0 ? [] : [{ ...each, commands: met }];
        });
        if (access.length === 0) return;
        report({
          entity: policy,
          message: 'helper',
          data: {
            policy: quoteIdentifier(policy.name),
            roles: clientsOf(access),
            commands: commandsText(access.flatMap((each) => each.commands)),
            table: brief(table.name),
            column: quoteIdentifier(column.name),
            helper: `${brief(helper.name)}()`,
            members: brief(members.name),
            membersColumn: quoteIdentifier(membersColumn.name),
            tied: tied[0] === undefined ? '' : policyOf(graph, tied[0]),
            today: failsToday(graph, table, access, settings.clientRoles),
          },
          related: relatedAt(helper, 'asks for any of them'),
        });
      }

      function compares(other: Policy): boolean {
        return policyComparisons(graph, other).some((each) => each.column === column.id);
      }
    },
  },
});

const WRITES = ['update', 'delete'] as const;

/** What the policy asks of the caller and compares with nothing of the row. A WITH CHECK beside a USING is policy-check-weaker-than-using's. */
function clauseWithoutRow(graph: SchemaGraph, policy: Policy, command: RowCommand): BoundExpression | undefined {
  const clause = decidingClause(policy, command);
  if (clause === null || foldBoolean(clause.tree) !== undefined) return undefined;
  if (clause === policy.check && policy.using !== null) return undefined;
  if (!asksCaller(graph, clause.tree, clause)) return undefined;
  return callerComparisons(graph, clause).length === 0 ? clause : undefined;
}
