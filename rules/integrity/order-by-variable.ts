import {
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  partInPlace,
  quoteIdentifier,
  redefined,
  type SchemaGraph,
  type VariableOrder,
  variableOrders,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'order-by-variable',
    category: 'integrity',
    severity: 'medium',
    summary: 'An expression of ORDER BY names an output column, and means the variable of the same name.',
    why: 'ORDER BY knows the names of output columns only where they stand alone. In an expression, such as case when … then rank end, rank is a column of FROM, or in PL/pgSQL the variable that RETURNS TABLE (rank …) declares: it is NULL for every row, so that the rows come in any order, and LIMIT keeps any of them. No error says so.',
    remedy:
      'Write the expression of the output column out, or put the query into a subselect and qualify the name: order by case when … then found.rank end.',
    scope: ['Not reported: variables that the body sets, and names that stand alone, which are the output column.'],
    messages: {
      found:
        '{{function}} does not sort by {{name}}: in an expression of ORDER BY it is the variable of that name, which is NULL for every row, and not the output column{{limit}}.',
    },
    restsOn: ['functions', 'columns'],
    references: [
      'https://www.postgresql.org/docs/current/queries-order.html',
      'https://www.postgresql.org/docs/current/plpgsql-implementation.html#PLPGSQL-VAR-SUBST',
    ],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      if (routine.language !== 'plpgsql') return;
      const orders = variableOrders(graph, routine);
      const [first, ...others] = orders;
      if (first === undefined) return;
      report({
        entity: routine,
        message: 'found',
        data: {
          function: `${brief(routine.name)}()`,
          name: quoteIdentifier(first.name),
          limit: first.isCut ? '; LIMIT keeps rows by chance' : '',
        },
        ...(first.at === null ? {} : { origin: { from: 'statement', at: first.at } as const }),
        related: others.flatMap(({ at }) => (at === null ? [] : [{ note: 'here too', at }])),
        fix: () => fixFor(graph, routine, orders, texts),
      });
    },
  },
});

/** With what the output columns are in place of their names. */
function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  orders: readonly VariableOrder[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const text = texts.get(routine.body?.at?.file ?? '');
  if (text === undefined) return undefined;
  const insertions = orders.map(({ node, output }) => partInPlace(node, output, text));
  const written = redefined(graph, routine, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Sort by what the output column is', safety: 'review', sql: written };
}
