import {
  andList,
  asksCaller,
  type BoundExpression,
  bracketed,
  brief,
  callerComparisons,
  clausesOf,
  clauseText,
  clientsOf,
  commandsText,
  decidingClause,
  defineRule,
  type EntityOf,
  type Fix,
  failsToday,
  foldBoolean,
  isAlwaysTrue,
  looseScope,
  openToRoles,
  policiesFor,
  policyAudience,
  policyComparisons,
  policyOf,
  quoteIdentifier,
  type RankWithoutTenant,
  ROW_COMMANDS,
  type RowCommand,
  rankWithoutTenant,
  relatedAt,
  rowOf,
  type SchemaGraph,
  seesEveryRow,
  sharedScope,
  sql,
  takenPlace,
  typeClass,
  unscopedMembership,
  withReplaced,
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
      'Own rows (user_id = auth.uid()) may have any tenant where nothing follows from that. Where the tenant column is unique, so that there is one row for each tenant, adding them is reported: medium where nobody guesses the tenant’s key.',
      'On a table without such a column, a policy that asks for a rank counts where its rows belong to those of another table, which no policy opens but by the tenant, and one of these asks for the same rank.',
      'Policies that are always true are not reported: those read-policy-always-true and write-policy-always-true report.',
    ],
    messages: {
      signedIn:
        'The policy {{policy}} lets {{roles}} {{commands}} the {{table}} rows of every {{column}}: it asks only for somebody signed in, while {{siblings}} compare {{column}} with the caller.{{today}}',
      member:
        'The policy {{policy}} lets {{roles}} {{commands}} the {{table}} rows of every {{column}}: a row in {{members}} for any {{column}} is enough, while {{siblings}} compare {{column}} with the caller.{{today}}',
      helper:
        'The policy {{policy}} lets {{roles}} {{commands}} the {{table}} rows of every {{column}}: {{helper}} finds the caller in {{members}} for any {{membersColumn}} and is given nothing of the row, while {{tied}} compares it.{{today}}',
      place:
        'By the policy {{policy}} {{roles}} may add {{table}} rows with any {{column}}: it asks only that {{owner}} is theirs, while {{siblings}} compare {{column}} with the caller. {{column}} is unique: whoever knows that of others takes the one place there is, and they can add no row of their own (23505).{{guess}}{{today}}',
      rank: 'The policy {{policy}} lets {{roles}} {{commands}} the {{table}} rows of every {{column}}: it asks who calls and nothing of the row, while {{tied}} asks the same and compares {{column}} with the caller. Each row belongs to {{parent}} by {{key}}.{{today}}',
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
      if (first === undefined) {
        if (!tellOfHelper() && !tellOfRank()) tellOfPlace();
        return;
      }
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
      function tellOfHelper(): boolean {
        const found = ROW_COMMANDS.flatMap((command) => {
          const clause = clauseWithoutRow(graph, policy, command);
          const unscoped = clause && unscopedMembership(graph, table, clause);
          return unscoped === undefined ? [] : [{ command, unscoped }];
        });
        const [one] = found;
        if (one === undefined) return false;
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
        if (access.length === 0) return false;
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
        return true;
      }

      /** What rows of another table belong to, which has the column. */
      function tellOfRank(): boolean {
        const found = policyAudience(graph, policy, settings.clientRoles).flatMap((each) => {
          const ranks = each.commands.flatMap((command) => {
            const clause = clauseWithoutRow(graph, policy, command);
            const others = policiesFor(graph, table, command, each.role).filter((other) => other !== policy);
            if (clause === undefined || others.some((other) => !other.isPermissive || isAlwaysTrue(other, command)))
              return [];
            const rank = rankWithoutTenant(graph, table, clause, command, each.role, settings.tenantColumns);
            return rank === undefined ? [] : [{ command, rank }];
          });
          const [first] = ranks;
          return first === undefined ? [] : [{ ...each, ...first, commands: ranks.map(({ command }) => command) }];
        });
        const [one] = found;
        if (one === undefined) return false;
        const { column, parent, tenant, tied } = one.rank;
        report({
          entity: policy,
          message: 'rank',
          data: {
            policy: quoteIdentifier(policy.name),
            roles: clientsOf(found),
            commands: commandsText(found.flatMap(({ commands }) => commands)),
            table: brief(table.name),
            column: quoteIdentifier(tenant.name),
            tied: policyOf(graph, tied),
            parent: rowOf(brief(parent.name)),
            key: quoteIdentifier(column.name),
            today: failsToday(graph, table, found, settings.clientRoles),
          },
          related: relatedAt(tied, `asks for ${quoteIdentifier(tenant.name)} as well`),
          fix: () => askingParent(graph, policy, one.rank),
        });
        return true;
      }

      /** Of rows that are the caller's own the tenant is somebody else's. */
      function tellOfPlace(): void {
        const taken = takenPlace(graph, policy, settings);
        if (taken === undefined) return;
        const { column, owner, siblings, access } = taken;
        const isCounted = typeClass(graph, column.type) === 'integer';
        const names = siblings.map(({ name }) => brief(name));
        report({
          entity: policy,
          message: 'place',
          severity: isCounted ? 'high' : 'medium',
          data: {
            policy: quoteIdentifier(policy.name),
            roles: clientsOf(access),
            table: brief(table.name),
            column: quoteIdentifier(column.name),
            owner: quoteIdentifier(owner.name),
            siblings: `policies of ${andList(names, 2)}`,
            guess: isCounted ? '' : ' Nobody guesses it, which is why this is medium.',
            today: failsToday(graph, table, access, settings.clientRoles),
          },
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

/** What the other policy asks of the parent, asked of the parent of each row; none where the comparison is not by a single name of the column. */
function askingParent(
  graph: SchemaGraph,
  policy: Policy,
  { column, parent, parentKey, tenant, compared, named }: RankWithoutTenant,
): Fix | undefined {
  if (named === undefined) return undefined;
  const table = graph.get('table', policy.table);
  const alias = quoteIdentifier(parent.name.name);
  const tie = clauseText(graph, compared, withReplaced(compared, named, `${alias}.${quoteIdentifier(tenant.name)}`));
  if (tie === undefined || parent.name.name === table.name.name) return undefined;
  const row = sql`${parent.name}`;
  const joined = `${alias}.${quoteIdentifier(parentKey.name)} = ${quoteIdentifier(table.name.name)}.${quoteIdentifier(column.name)}`;
  const asked = `exists (select 1 from ${row} where ${joined} and ${tie})`;
  const clauses = clausesOf(policy).map(({ name, expression }) => {
    const text = clauseText(graph, expression);
    return text === undefined
      ? undefined
      : `\n  ${name === 'USING' ? 'using' : 'with check'} (${bracketed(text)} and ${asked})`;
  });
  if (clauses.includes(undefined)) return undefined;
  return {
    title: `Ask for ${quoteIdentifier(tenant.name)} of the ${alias} row too`,
    safety: 'review',
    sql: `${sql`alter policy ${policy.name} on ${table.name}`}${clauses.join('')};`,
  };
}
