import {
  andList,
  brief,
  clausesOf,
  defineRule,
  outsideTests,
  placeOf,
  quoteIdentifier,
  relationName,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'stray-outer-column',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary:
      'A condition in a subselect of a policy asks a column of the row outside, as its own tables have none of that name.',
    why: 'A name without a qualifier that no table of the subselect has means the row the policy is on. In auth.uid() in (select id from staff where deleted_at is null) on a table with a deleted_at of its own, Postgres finds that one and says nothing: staff that left get in, and rows that are deleted let nobody in.',
    remedy:
      'Qualify the columns of a subselect with its tables, so that what they lack is an error. Where the row outside is meant, qualify it as well, or move the condition out of the subselect.',
    scope: ['Only where migrations are read: a catalog prints every name with its table.'],
    messages: {
      outside:
        '{{names}} in the subselect over {{inner}} {{mean}} the row of {{table}} that the policy {{policy}} is asked about: {{inner}} has no such column, so that the subselect takes every row of it that its other conditions let through.',
    },
    needs: ['history'],
    restsOn: ['policies', 'columns'],
    references: ['https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS'],
  },
  visit: {
    policy(policy, { graph, report }) {
      const tests = clausesOf(policy).flatMap(({ expression }) =>
        outsideTests(expression).map((test) => ({ test, expression })),
      );
      const [first] = tests;
      if (first === undefined) return;
      const names = [...new Set(tests.flatMap((each) => each.test.names))];
      const at = placeOf(first.expression, first.test.node);
      report({
        entity: policy,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        message: 'outside',
        data: {
          policy: quoteIdentifier(policy.name),
          table: brief(graph.get('table', policy.table).name),
          names: andList(names.map(quoteIdentifier), 4),
          mean: names.length === 1 ? 'means' : 'mean',
          inner: relationName(graph, first.test.relation),
        },
      });
    },
  },
});
