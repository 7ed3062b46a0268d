import {
  andList,
  bracketed,
  brief,
  clauseText,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  namesOfColumns,
  quoteIdentifier,
  quoteLiteral,
  type RefusedClaim,
  raw,
  refusedClaim,
  type SchemaGraph,
  sql,
  typeClass,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'refused-claim',
    category: 'security',
    severity: 'medium',
    summary: 'A policy lets users take rows that nobody has yet, and refuses each row that somebody has taken.',
    why: 'An UPDATE policy without WITH CHECK asks the same of the changed row as of the one before. Where it lets everybody change rows whose taker is NULL, the row with a taker does not pass: to accept, join or claim it fails with 42501, new row violates row-level security policy. What remains possible is to change the other columns of rows that nobody has taken yet, whoever made them.',
    remedy:
      'Say in WITH CHECK what a taken row looks like (guest_id = auth.uid()), and let clients change only the columns that taking a row needs; or take rows in a SECURITY DEFINER function, and drop the policy.',
    scope: [
      'Not reported where the policy asks whose the row is, where another policy for UPDATE lets the taken row pass, where clients may not write the column, and where a trigger or a SECURITY DEFINER function sets it.',
    ],
    messages: {
      refused:
        'The policy {{policy}} lets {{clients}} change {{table}} rows {{whose}}, and as it has no WITH CHECK the changed row has to be so too: to set {{columns}} fails with 42501, so that nobody can take a row.{{others}}',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    policy(policy, { graph, settings, report }) {
      const claim = refusedClaim(graph, policy, settings.clientRoles);
      if (claim === undefined) return;
      const { access, taker, states, others } = claim;
      const asked = states.map(({ column, values }) => {
        const texts = values.map((each) => (typeClass(graph, column.type) === 'text' ? quoteLiteral(each) : each));
        return `${quoteIdentifier(column.name)} is ${texts.join(' or ')}`;
      });
      report({
        entity: policy,
        message: 'refused',
        data: {
          policy: quoteIdentifier(policy.name),
          clients: clientsOf(access),
          table: brief(graph.get('table', policy.table).name),
          whose: `whose ${andList([`${quoteIdentifier(taker.name)} is NULL`, ...asked])}`,
          columns: quoteIdentifier(taker.name),
          others:
            others.length === 0 ? '' : ` They may still set ${namesOfColumns(others)} of such rows, whoever made them.`,
        },
        fix: () => fixFor(graph, policy, claim),
      });
    },
  },
});

/** What a taken row looks like: it names whoever takes it. */
function fixFor(graph: SchemaGraph, policy: EntityOf<'policy'>, { taker }: RefusedClaim): Fix | undefined {
  const text = policy.using && clauseText(graph, policy.using);
  if (typeClass(graph, taker.type) !== 'uuid' || !text) return undefined;
  return {
    title: 'Let the changed row be one that names whoever changes it',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  using ${raw(bracketed(text))}
  with check (${taker.name} = (select auth.uid()));`,
  };
}
