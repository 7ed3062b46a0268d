import {
  andList,
  brief,
  defineRule,
  foldedHabits,
  type Graded,
  groupCallsOf,
  isUsersOwn,
  milderForFewRows,
  policiesOfHabit,
  quoteIdentifier,
  relatedAt,
  repeatedHelpersIn,
  scanningHelper,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'per-row-helper-call',
    category: 'performance',
    severity: 'high',
    summary:
      'A policy calls a function of the schema, which is given nothing of the row or no more than its tenant, anew for each row.',
    why: 'Calls such as is_admin(), has_role(auth.uid(), …) and current_tenant() give one answer for the whole statement, but Postgres does not know that, not even of a STABLE one: it runs the function, and the queries in it, for each row that is looked at. Alone in a subselect it is run once, before the first row.',
    remedy:
      'Put each call into a scalar subselect of its own: (select is_admin()). A function that is given a column cannot be wrapped: turn it round, so that it returns the ids that the caller may see (org_id in (select my_org_ids())). A function that gives rows cannot be wrapped so (42809, 21000): read from it, column in (select … from my_rows()).',
    scope: [
      'Medium where an index on the column that is compared with a STABLE call finds the rows of a plain read, which takes one for each permissive policy beside it, as OR joins them; low where it serves a subselect, and for calls that run only for rows being written.',
      'A policy for INSERT, UPDATE or DELETE alone is one step milder: such statements mostly look at few rows; so is a call behind a test of the row in an OR, which runs only where that is not true, and one that stands in an AND with a comparison of the row that costs less (owner = auth.uid() and …, bucket_id = ‘avatars’ and …) or behind a helper that is given the row, which runs only for the rows that these let through.',
      'Medium, too, where nobody but administrators is let through to the table.',
      'Three or more policies with the same calls are one finding; `"habit": 0` shows each.',
      'A policy that calls auth.uid() or its like as badly is told of there (per-row-auth-call), as one fix wraps both.',
      'No fix where the call is given a cast of what a test in the same AND looks at first (realtime.topic() like ‘room:%’ and …): in a subselect it would run before that test, and the cast would fail with what that keeps away.',
      'A function that is given nothing of the row but its tenant is told of once (medium), with the policies for reading that run it.',
    ],
    messages: {
      outer:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, with the same result each time{{only}}.',
      indexed:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{table}} that is looked at, but where {{found}} the rows, which is why this is milder.',
      inner:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, with the same result each time{{only}}.',
      searched:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row of {{relations}} that the subselect reads, but where {{found}} the rows, which is why this is milder.',
      habit: '{{calls}} {{run}} again for every row {{rows}}, by {{count}} policies: {{policies}}.{{milder}}',
      group:
        '{{function}} runs its queries again for every row that is looked at, by {{policies}}. All that it is given of the row is {{columns}}, which many rows share: in a subselect that names nothing of the row, the values that pass are found once for a statement, {{shape}}.{{caller}}',
      written:
        '{{calls}} in the {{clauses}} of the policy {{policy}} {{runs}} again for every row that is written to {{table}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'functions'],
    references: [
      'https://supabase.com/docs/guides/database/postgres/row-level-security#call-functions-with-select',
      'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
    ],
    optionDocs: {
      habit: 'So many policies with the same calls are one finding, with the fixes of all; 0 tells of each.',
    },
  },
  defaults: { habit: 3 },
  visit: {
    graph(graph, { options, settings, isApart, report }) {
      const told = graph.ofKind('policy').flatMap((policy): readonly Graded[] => {
        const one = isUsersOwn(graph, policy) ? repeatedHelpersIn(graph, policy, settings.clientRoles) : undefined;
        if (one === undefined) return [];
        const told = milderForFewRows(one, policy);
        return [{ ...told, severity: told.severity ?? 'high' }];
      });
      const { alone, habits } = foldedHabits(told, options.habit, (each) =>
        isApart(each.entity) ? undefined : each.data.calls,
      );
      for (const each of alone) report(each);
      for (const { functions, ...habit } of habits) report({ ...habit, entity: functions[0] ?? habit.entity });
    },
    function(routine, { graph, settings, report }) {
      // correlated-policy-subquery has a worse thing to say of it.
      if (scanningHelper(graph, routine) !== undefined) return;
      const calls = groupCallsOf(graph, routine, settings.clientRoles, settings.tenantColumns);
      const [first] = calls;
      if (first === undefined) return;
      const names = [...new Set(calls.map(({ column }) => quoteIdentifier(column.name)))];
      const isGivenCaller = calls.some(({ isGivenTheCaller }) => isGivenTheCaller);
      const places = calls.flatMap(({ policy }) => {
        const { name } = graph.get('table', policy.table);
        return [`${quoteIdentifier(policy.name)} on ${brief(name)}`];
      });
      report({
        entity: routine,
        origin: first.policy.origin,
        message: 'group',
        data: {
          function: `${brief(routine.name)}()`,
          policies: policiesOfHabit([...new Set(places)]),
          columns: andList(names),
          shape: `${names[0]} in (select …)`,
          caller: isGivenCaller ? ' A subselect around what it is given of the caller does not change that.' : '',
        },
        severity: 'medium',
        related: calls.slice(1).flatMap(({ policy }) => relatedAt(policy, 'runs it as well')),
      });
    },
  },
});
