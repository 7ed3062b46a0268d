import {
  type BoundExpression,
  brief,
  constantOf,
  defineRule,
  type EntityId,
  foldBoolean,
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
    restsOn: ['columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS'],
  },
  visit: {
    column(column, { graph, report }) {
      const table = graph.find(column.relation);
      if (table?.kind !== 'table' || !isUsersOwn(graph, column) || column.default === null || column.isInherited)
        return;
      const value = constantOf(column.default.tree);
      if (value === null || value === 'null') return;
      const failed = graph
        .ownedBy(table.id, 'checkConstraint')
        .find(({ expression, isEnforced }) => isEnforced && isFalseFor(expression, column.id, value));
      if (failed === undefined) return;
      report({
        entity: column,
        ...(column.setBy.default === undefined ? {} : { origin: column.setBy.default }),
        message: 'refused',
        data: {
          table: brief(table.name),
          column: quoteIdentifier(column.name),
          value: /^-?\d+(?:\.\d+)?$|^true$|^false$/.test(value) ? value : quoteLiteral(value),
          check: quoteIdentifier(failed.name),
        },
        related: failed.origin.from === 'statement' ? [{ note: 'the CHECK', at: failed.origin.at }] : [],
      });
    },
  },
});

/** Whatever the other columns hold. */
function isFalseFor({ tree, meanings }: BoundExpression, column: EntityId, value: string): boolean {
  const known = /^-?\d+(?:\.\d+)?$/.test(value)
    ? Number(value)
    : value === 'true'
      ? true
      : value === 'false'
        ? false
        : value;
  const result = foldBoolean(tree, (node) => {
    if (!('ColumnRef' in node)) return undefined;
    const meaning = meanings.get(node.ColumnRef);
    return meaning?.kind === 'column' && meaning.column === column ? known : undefined;
  });
  return result === false;
}
