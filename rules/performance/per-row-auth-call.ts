import { type Call, defineRule, repeatedCallerCalls, repeatedCallsIn } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'per-row-auth-call',
    category: 'performance',
    severity: 'high',
    summary: 'A policy calls auth.uid(), auth.jwt() or current_setting() anew for each row.',
    why: 'The answer is the same for the whole statement, but Postgres does not know that of a function in a policy: it runs it for each row that is looked at, unless an index on the compared column finds the rows. Alone in a subselect it is run once, before the first row, whatever the plan.',
    remedy:
      'Put each call into a scalar subselect of its own: (select auth.uid()). It may hold casts and JSON steps as well, but nothing of the row. Medium where an index on the compared column finds the rows of a plain read. Low where such an index serves a subselect, and for calls that run only for rows being written.',
    messages: {
      outer:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at.',
      indexed:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, but where the index on {{columns}} finds the rows, which is why this is medium.',
      inner:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads.',
      searched:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, but where the index on {{columns}} finds the rows, which is why this is low.',
      written:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row that is written to {{table}}.',
    },
    restsOn: ['policies', 'rowSecurity'],
    equivalents: ['splinter:0003'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#call-functions-with-select',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const told = repeatedCallsIn(graph, policy, settings.clientRoles, {
        callsIn: (expression) => repeatedCallerCalls(graph, expression),
        spelled: spelled,
        isStable: () => true,
      });
      if (told !== undefined) report(told);
    },
  },
});

function spelled({ name }: Call): string {
  return name.schema === 'auth' ? `auth.${name.name}()` : `${name.name}()`;
}
