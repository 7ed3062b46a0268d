import {
  andList,
  bracketed,
  brief,
  clauseText,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  quoteIdentifier,
  raw,
  relatedAt,
  type SchemaGraph,
  sql,
  type UnstampedInsert,
  unstampedInserts,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'unstamped-insert',
    category: 'security',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary:
      'A trigger keeps clients from choosing when, or by whom, a row was confirmed, and only in rows that are there.',
    why: 'What a BEFORE UPDATE trigger overwrites, an INSERT may carry along: the API takes every column that the grants allow. A row is added that was confirmed yesterday, or in seventy years, by somebody else, and everything that goes by the stamp believes it.',
    remedy:
      'Let the trigger run for INSERT as well, ask in WITH CHECK that the column is NULL, or grant INSERT on the other columns only.',
    scope: [
      'Only columns named for a confirmation, approval or the like that hold a time or an account are meant, which a trigger for UPDATE sets to the time, the caller or what they were where somebody changes them; not where a trigger for INSERT sets them, or the policy or the grants leave them to nobody.',
    ],
    messages: {
      chosen:
        'By the policy {{policy}} {{clients}} may add {{table}} rows of their own with any {{columns}}: the trigger {{trigger}} sets {{them}} where somebody changes {{them}}, but does not run for INSERT.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns'],
    references: ['https://www.postgresql.org/docs/current/sql-createtrigger.html'],
  },
  visit: {
    table(table, { graph, settings, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      for (const found of unstampedInserts(graph, table, settings.clientRoles)) {
        const { policy, trigger, columns, write } = found;
        report({
          entity: policy,
          message: 'chosen',
          discriminator: trigger.name,
          data: {
            policy: quoteIdentifier(policy.name),
            clients: clientsOf(write.access),
            table: brief(table.name),
            columns: andList(columns.map(({ name }) => quoteIdentifier(name))),
            trigger: quoteIdentifier(trigger.name),
            them: columns.length === 1 ? 'it' : 'them',
          },
          related: relatedAt(trigger, 'the trigger'),
          fix: () => fixFor(graph, table, found),
        });
      }
    },
  },
});

/** Only a policy for INSERT alone, where a new row may be without the stamp and is by default. */
function fixFor(graph: SchemaGraph, table: EntityOf<'table'>, { policy, columns }: UnstampedInsert): Fix | undefined {
  const own = policy.check === null ? undefined : clauseText(graph, policy.check);
  const isEmptyFirst = columns.every((each) => !each.notNull && each.default === null);
  if (policy.command !== 'insert' || own === undefined || !isEmptyFirst) return undefined;
  const asked = columns.map(({ name }) => sql`${name} is null`).join(' and ');
  return {
    title: 'Ask that new rows come without the stamp',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${table.name}
  with check (${raw(bracketed(own))} and ${raw(asked)});`,
  };
}
