import {
  andList,
  brief,
  clauseText,
  clientsOf,
  closedToOwner,
  defineRule,
  evadedGuard,
  forgottenCondition,
  forgottenConstant,
  freeStandings,
  narrowerWays,
  orList,
  otherColumnsOnly,
  policyOf,
  quoteIdentifier,
  quoteLiteral,
  relatedAt,
  relationName,
  standingsBeside,
  statusLabels,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'update-policy-weaker-than-insert',
    category: 'security',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'Adding a row asks what it may refer to, changing it afterwards does not.',
    why: 'The WITH CHECK of an INSERT policy counts only when a row is added. Where it asks something of what the row refers to (an open course, a team of the caller’s) and the UPDATE policy asks only whose the row is, the row is added where that is allowed and then moved to where it is not.',
    remedy:
      'Ask in the WITH CHECK of the UPDATE policy what that of the INSERT policy asks, or let clients update only other columns.',
    scope: [
      'Not reported where a grant, a trigger, a restrictive policy or the policies for reading hold the column, and where several policies are for one of the commands.',
      'High where what is forgotten is whether the caller belongs there.',
      'A constant that says whence a row comes (source, origin, created_via) is told as well, a status that is meant to move is not.',
      'Reported as well: a column that says whose the row is, which the UPDATE policy names nowhere, where a trigger looks for other rows of the same owner by it and raises an error: whoever writes another owner there is not found.',
    ],
    messages: {
      moved:
        'By the policy {{policy}} {{clients}} may set {{column}} of {{table}} rows of their own to any value, while the policy {{insert}} looks it up in {{asked}} before a row is added: who adds one where that is allowed may then move it.',
      shows:
        'By the policy {{policy}} {{clients}} may set {{column}} of {{table}} rows in places of theirs to any value, while the policy {{insert}} looks it up in {{asked}} before a row is added: who moves one of theirs is shown what it then names, by {{deciders}}.',
      relabels:
        'By the policy {{policy}} {{clients}} may set {{column}} of {{table}} rows of their own to any value{{allowed}}, while the policy {{insert}} asks that a new row has {{values}}: who adds one may say afterwards that it is another.',
      evades:
        'By the policy {{policy}} {{clients}} may set {{column}} of {{table}} rows to any value, while the policy {{insert}} asks that in a new row it is the caller, and {{function}} refuses a row where it finds another one with the same {{column}}: {{evaded}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const evaded = evadedGuard(graph, policy, settings.clientRoles);
      if (evaded !== undefined) {
        const { owner, insert, access, trigger, function: called } = evaded;
        report({
          entity: policy,
          message: 'evades',
          data: {
            policy: quoteIdentifier(policy.name),
            clients: clientsOf(access),
            column: quoteIdentifier(owner.name),
            table: brief(graph.get('table', policy.table).name),
            insert: quoteIdentifier(insert.name),
            function: `${brief(called.name)}()`,
            evaded: owner.notNull
              ? 'whoever writes somebody else there in the same UPDATE passes it'
              : 'whoever writes NULL or somebody else there in the same UPDATE passes it',
          },
          related: relatedAt(trigger, `the trigger ${quoteIdentifier(trigger.name)}`),
          fix: () =>
            otherColumnsOnly(graph, policy, { command: 'update', access, isSole: true }, [owner], settings.clientRoles),
        });
      }
      const found = forgottenCondition(graph, policy, settings.clientRoles);
      if (found === undefined) return tellOfConstant();
      const { column, insert, asked, conditions, way, write, deciders } = found;
      const table = graph.get('table', policy.table);
      const standings = write === null ? [] : standingsBeside(graph, policy, settings.clientRoles);
      // Who moves such a row gains access: self-granted-access.
      if (write !== null && freeStandings(graph, table, write, standings, settings.clientRoles).length > 0) return;
      const data = {
        policy: quoteIdentifier(policy.name),
        clients: clientsOf(found.access),
        column: quoteIdentifier(column.name),
        table: brief(table.name),
        insert: quoteIdentifier(insert.name),
        asked: andList(asked.map((each) => relationName(graph, each))),
      };
      const shared = {
        entity: policy,
        ...(found.asksCaller || write === null ? { severity: 'high' as const } : {}),
        related: relatedAt(insert, 'adding asks for more'),
        fix: () =>
          narrowerWays(
            graph,
            policy,
            [way],
            conditions.map((each) => clauseText(graph, each)),
            'Ask of a changed row of the caller’s own what is asked of a new one (rows that no longer pass cannot be changed at all)',
          ),
      };
      if (write !== null) return report({ ...shared, message: 'moved', data });
      const named = andList(
        deciders.map((each) => policyOf(graph, each)),
        2,
      );
      return report({ ...shared, message: 'shows', data: { ...data, deciders: named } });

      function tellOfConstant(): void {
        const relabelled = forgottenConstant(graph, policy, settings.clientRoles);
        if (relabelled === undefined) return;
        const { column, values, insert, write, access } = relabelled;
        const table = graph.get('table', policy.table);
        const standings = standingsBeside(graph, policy, settings.clientRoles);
        if (freeStandings(graph, table, write, standings, settings.clientRoles).length > 0) return;
        report({
          entity: policy,
          message: 'relabels',
          data: {
            policy: quoteIdentifier(policy.name),
            clients: clientsOf(access),
            column: quoteIdentifier(column.name),
            table: brief(table.name),
            allowed: statusLabels(graph, column).length === 0 ? '' : ' that its type or CHECK lists',
            insert: quoteIdentifier(insert.name),
            values: orList(values.map(quoteLiteral)),
          },
          related: relatedAt(insert, 'adding asks for more'),
          // A WITH CHECK would also refuse every change of the rows that the server adds with another value.
          fix: () => closedToOwner(graph, policy, write, [column], settings.clientRoles),
        });
      }
    },
  },
});
