import {
  addedChecks,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  standingTable,
  unaskedLimits,
} from '../../src/rule/index.ts';

type Column = EntityOf<'column'>;

export default defineRule({
  meta: {
    id: 'unasked-limit',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A function counts how often something was done, and nothing compares that with the limit beside it.',
    why: 'A coupon for a hundred is redeemed as often as it is called for. Where the application looks at the limit first, two requests at once both find room: only the database can tell them apart, in the UPDATE or by a CHECK.',
    remedy:
      'A CHECK that the count is not above the limit, or in the UPDATE that counts … and count < limit, and a look whether it met a row.',
    scope: [
      'Only whole numbers of one table that pair by name (use_count and max_uses) are meant, where a function of the schema adds one; not attempts, which whoever works off a queue compares, and not where the limit is named in any function, or in a policy, a view or a CHECK of the two.',
    ],
    messages: {
      unasked:
        '{{function}} counts up {{counter}}, and nothing in the schema looks at {{limit}}: the number goes past it, unless whoever calls looks first, and with two calls at once even then.',
    },
    restsOn: ['functions', 'constraints', 'policies', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS'],
  },
  visit: {
    table({ id }, { graph, report }) {
      const table = standingTable(graph, id);
      if (table === undefined) return;
      for (const { counter, limit, function: called, write } of unaskedLimits(graph, table)) {
        report({
          entity: limit,
          message: 'unasked',
          data: {
            function: `${brief(called.name)}()`,
            counter: `${brief(table.name)}.${quoteIdentifier(counter.name)}`,
            limit: quoteIdentifier(limit.name),
          },
          related: write.at === null ? [] : [{ note: 'it is counted up here', at: write.at }],
          fix: () => fixFor(graph, table, counter, limit),
        });
      }
    },
  },
});

function fixFor(graph: SchemaGraph, table: EntityOf<'table'>, counter: Column, limit: Column): Fix {
  const name = `${table.name.name}_${counter.name}_within`;
  return {
    title: 'Refuse more than the limit (validating fails while a row is past it)',
    safety: 'review',
    sql: addedChecks(graph, table, [{ name, condition: raw(sql`${counter.name} <= ${limit.name}`) }]),
  };
}
