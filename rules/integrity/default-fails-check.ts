import {
  andList,
  brief,
  checkFailedByDefault,
  defineRule,
  type EntityOf,
  isGuarded,
  isUsersOwn,
  orList,
  quoteIdentifier,
  quoteLiteral,
  relatedAt,
  type SchemaGraph,
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
      several:
        'An INSERT into {{table}} that leaves out {{columns}} fails with 23514: their defaults {{values}} do not pass the CHECK {{check}}.',
    },
    restsOn: ['columns', 'constraints', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS'],
  },
  visit: {
    column(column, { graph, report }) {
      const table = graph.find(column.relation);
      if (table?.kind !== 'table' || !isUsersOwn(graph, column)) return;
      const failed = failedDefault(graph, table, column);
      if (failed === undefined) return;
      const { constraint } = failed;
      const all = graph.columns(table.id).flatMap((each) => {
        const own = failedDefault(graph, table, each);
        return own?.constraint === constraint ? [{ column: each, stored: own.stored }] : [];
      });
      if (all[0]?.column !== column) return;
      const [, ...others] = all;
      const about = {
        entity: column,
        ...(column.setBy.default === undefined ? {} : { origin: column.setBy.default }),
        related: [
          ...relatedAt(constraint, 'the CHECK'),
          ...others.flatMap(({ column: { name, setBy, origin } }) =>
            relatedAt({ origin: setBy.default ?? origin }, quoteIdentifier(name)),
          ),
        ],
      };
      const data = { table: brief(table.name), check: quoteIdentifier(constraint.name) };
      if (others.length === 0)
        return report({
          ...about,
          message: 'refused',
          data: { ...data, column: quoteIdentifier(column.name), value: shown(failed.stored) },
        });
      report({
        ...about,
        message: 'several',
        data: {
          ...data,
          columns: orList(all.map((each) => quoteIdentifier(each.column.name))),
          values: andList([...new Set(all.map(({ stored }) => shown(stored)))]),
        },
      });
    },
  },
});

/** A trigger may put another value there before the CHECK is asked. */
function failedDefault(graph: SchemaGraph, table: EntityOf<'table'>, column: EntityOf<'column'>) {
  const failed = column.isInherited ? undefined : checkFailedByDefault(graph, column);
  return failed !== undefined && isGuarded(graph, table, column, 'insert') ? undefined : failed;
}

function shown(stored: NonNullable<ReturnType<typeof checkFailedByDefault>>['stored']): string {
  return typeof stored === 'string' ? quoteLiteral(stored) : String(stored);
}
