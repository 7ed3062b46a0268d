import {
  brief,
  clientsOf,
  type DeletesPastCheck,
  defineRule,
  deletesPastCheck,
  quoteIdentifier,
  splitByCheck,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'delete-policy-wider-than-check',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary:
      'Users may delete rows that they may only read: a policy for ALL lets in more by USING than by WITH CHECK.',
    why: 'USING of a policy for ALL says which rows can be read, WITH CHECK what may be written. INSERT and UPDATE are refused by WITH CHECK (42501), but DELETE writes no row and asks only USING: whoever is let in there for reading may delete the rows as well.',
    remedy: 'Split the policy: reading with its USING, and INSERT, UPDATE and DELETE with its WITH CHECK.',
    scope: [
      'Reported where each alternative of WITH CHECK asks the caller for a standing (a role, a right) that those who read need not have; not where it only says what a new row may hold, where another policy lets the same callers change or delete rows, or a trigger refuses the DELETE.',
    ],
    messages: {
      deleted:
        'By the policy {{policy}} {{clients}} may delete {{table}} rows that they may not change: {{condition}} is enough for DELETE, which asks only USING, while WITH CHECK, which refuses their UPDATE, does not count for it.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const found = deletesPastCheck(graph, policy, settings.clientRoles, settings.tenantColumns);
      if (found === undefined) return;
      report({
        entity: policy,
        message: 'deleted',
        data: {
          policy: quoteIdentifier(policy.name),
          clients: clientsOf(found.access),
          table: brief(graph.get('table', policy.table).name),
          condition: conditionOf(found),
        },
        fix: () => splitByCheck(graph, policy, settings.clientRoles),
      });
    },
  },
});

/** As it is written, on one line. */
function conditionOf({ conditions }: DeletesPastCheck): string {
  return conditions
    .map(({ text }) =>
      text
        .replace(/--[^\n]*/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .join(' and ');
}
