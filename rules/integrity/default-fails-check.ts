import {
  brief,
  checkFailedByDefault,
  defineRule,
  isGuarded,
  isUsersOwn,
  quoteIdentifier,
  quoteLiteral,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'default-fails-check',
    category: 'integrity',
    severity: 'high',
    summary: 'The default of a column does not pass a CHECK of its own table.',
    why: 'Postgres looks at neither when the other is made: a list of values is changed and the default is forgotten, or the other way round. Each INSERT that leaves the column out is refused from then on.',
    remedy:
      'Set a default that passes, or drop it (ALTER COLUMN … DROP DEFAULT), so that whoever adds a row has to say.',
    messages: {
      refused:
        'An INSERT into {{table}} that leaves out {{column}} fails with 23514: its default {{value}} does not pass the CHECK {{check}}.',
    },
    restsOn: ['columns', 'constraints', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS'],
  },
  visit: {
    column(column, { graph, report }) {
      const table = graph.find(column.relation);
      if (table?.kind !== 'table' || !isUsersOwn(graph, column) || column.isInherited) return;
      const failed = checkFailedByDefault(graph, column);
      if (failed === undefined || isGuarded(graph, table, column, 'insert')) return;
      const { stored, constraint } = failed;
      report({
        entity: column,
        ...(column.setBy.default === undefined ? {} : { origin: column.setBy.default }),
        message: 'refused',
        data: {
          table: brief(table.name),
          column: quoteIdentifier(column.name),
          value: typeof stored === 'string' ? quoteLiteral(stored) : String(stored),
          check: quoteIdentifier(constraint.name),
        },
        related: constraint.origin.from === 'statement' ? [{ note: 'the CHECK', at: constraint.origin.at }] : [],
      });
    },
  },
});
