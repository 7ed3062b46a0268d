import {
  andList,
  brief,
  callerlessBranch,
  clientsOf,
  commandsText,
  defineRule,
  failsToday,
  quoteIdentifier,
  rowOf,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'callerless-branch',
    category: 'security',
    severity: 'critical',
    summary: 'One side of an OR in a subselect of a policy asks nothing of the caller.',
    why: "AND binds before OR: in exists (select 1 from people where id = auth.uid() and role = 'editor' or role = 'admin') the right side is true of any admin's row, whoever asks. As soon as there is one, the subselect finds it for everybody.",
    remedy:
      'Put the test of the caller outside the OR, with brackets around the rest: id = auth.uid() and (role = … or role = …).',
    scope: [
      'Reported where the clients may read rows of others in the table of the subselect: where each sees only his own there, that side means him.',
      'High where they see some of them only, medium where the statement fails today by a recursion.',
    ],
    messages: {
      open: 'The policy {{policy}} lets {{clients}} {{commands}} every row of {{table}} as soon as there is {{row}} with the {{columns}} that one side of the OR in its subselect asks for, whosever it is: that side does not ask who calls.{{today}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'columns'],
    references: [
      'https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const branch = callerlessBranch(graph, policy, settings.clientRoles);
      if (branch === undefined) return;
      const { relation, columns, at, access, seesAll } = branch;
      const table = graph.get('table', policy.table);
      const today = failsToday(graph, table, access, settings.clientRoles);
      const isFailing = today !== '';
      report({
        entity: policy,
        message: 'open',
        data: {
          policy: quoteIdentifier(policy.name),
          clients: clientsOf(access),
          commands: commandsText(access.flatMap(({ commands }) => commands)),
          table: brief(table.name),
          row: `${rowOf(brief(relation.name))}${seesAll ? '' : ' that they can see,'}`,
          columns: andList(columns.map(quoteIdentifier)),
          today,
        },
        ...(seesAll && !isFailing ? {} : { severity: isFailing ? ('medium' as const) : ('high' as const) }),
        related: at === null ? [] : [{ note: 'asks nothing of the caller', at }],
      });
    },
  },
});
