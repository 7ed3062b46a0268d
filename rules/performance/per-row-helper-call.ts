import { defineRule, milderForFewRows, repeatedCallsIn } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'per-row-helper-call',
    category: 'performance',
    severity: 'high',
    summary: 'A policy calls a function of the schema, which is given nothing of the row, anew for each row.',
    why: 'Calls such as is_admin(), has_role(auth.uid(), …) and current_tenant() give one answer for the whole statement, but Postgres does not know that, not even of a STABLE one: it runs the function, and the queries in it, for each row that is looked at. Alone in a subselect it is run once, before the first row.',
    remedy:
      'Put each call into a scalar subselect of its own: (select is_admin()). A function that is given a column cannot be wrapped: turn it round, so that it returns the ids that the caller may see (org_id in (select my_org_ids())). Medium where an index on the column that is compared with a STABLE call finds the rows of a plain read, which takes one for each permissive policy beside it, as OR joins them; low where it serves a subselect, and for calls that run only for rows being written. A policy for DELETE or INSERT alone is one step milder: such statements look at few rows; so is a call behind a test of the row in an OR, which runs only where that is not true, and one that stands in an AND with a comparison of the row that costs less (owner = auth.uid() and …, bucket_id = ‘avatars’ and …) or behind a helper that is given the row, which runs only for the rows that these let through. A policy that calls auth.uid() or its like as badly is told of there (per-row-auth-call), as one fix wraps both.',
    messages: {
      outer:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, with the same result each time{{only}}.',
      indexed:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, but where {{found}} the rows, which is why this is milder.',
      inner:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, with the same result each time.',
      searched:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, but where {{found}} the rows, which is why this is milder.',
      written:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row that is written to {{table}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'functions'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#call-functions-with-select',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const told = repeatedCallsIn(graph, policy, settings.clientRoles, 'helper');
      if (told === undefined) return;
      report({ ...told, ...milderForFewRows(policy, told.severity) });
    },
  },
});
