import {
  andList,
  authorWrites,
  bracketed,
  brief,
  clauseText,
  clientsOf,
  defineRule,
  type EntityOf,
  type Fix,
  knownValues,
  quoteIdentifier,
  quoteLiteral,
  raw,
  type SchemaGraph,
  type ShowingColumn,
  showingColumns,
  sql,
  statusLabels,
} from '../../src/rule/index.ts';

/** Only somebody else refuses a row. */
const REFUSED = /^(?:rejected|refused|declined|denied|blocked|banned|disapproved)$/i;
const WAITING = /pending|review|submitted|waiting|awaiting|moderation|unapproved/i;

export default defineRule({
  meta: {
    id: 'self-approved-row',
    category: 'security',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary: 'Rows wait for somebody to approve them, and their authors may write them approved.',
    why: 'Others see a row once a column says that it was approved. A default is only what counts where nobody names the column: the API lets an author send it along with the rest, or change it afterwards, so that what nobody has looked at is shown to all.',
    remedy:
      'Ask in WITH CHECK that the column is what it is by default, or grant authors only the other columns. Reported where the schema shows that somebody else decides: it knows a value for rows that were refused, rows wait by default, and either a policy lets only others change them or their authors may not. Not reported where a policy, trigger or grant looks at the column.',
    messages: {
      added:
        'By the policy {{policy}} {{clients}} may write {{table}} rows of their own with {{column}} {{shown}}, and the policy {{reader}} shows these to others. They are {{start}} by default and may be {{refused}}: {{decided}}.',
    },
    restsOn: ['policies', 'rowSecurity', 'privileges', 'triggers', 'functions', 'columns'],
    references: ['https://www.postgresql.org/docs/current/sql-createpolicy.html'],
  },
  visit: {
    table(table, { graph, settings, texts, statements, report }) {
      if (!table.rowSecurity || !graph.isKnown(table, 'rowSecurity')) return;
      for (const showing of showingColumns(graph, table, settings.clientRoles)) {
        const { column, shown, reader } = showing;
        const labels = new Set([
          ...statusLabels(graph, column),
          ...knownValues(graph, column, texts, statements).values,
          showing.default,
        ]);
        const refused = [...labels].find((each) => REFUSED.test(each));
        if (refused === undefined || shown.includes(refused) || !WAITING.test(showing.default)) continue;
        const { writes, deciders, mayUpdate } = authorWrites(graph, table, column, settings.clientRoles);
        if (deciders.length === 0 && mayUpdate) continue;
        const [first, ...others] = writes;
        if (first === undefined) continue;
        const places = [...new Set(others.map(({ policy }) => policy))].filter((each) => each !== first.policy);
        report({
          entity: first.policy,
          message: 'added',
          discriminator: column.name,
          data: {
            policy: quoteIdentifier(first.policy.name),
            clients: clientsOf(first.write.access),
            table: brief(table.name),
            column: quoteIdentifier(column.name),
            shown: quoteLiteral(shown[0] ?? ''),
            reader: quoteIdentifier(reader.name),
            start: quoteLiteral(showing.default),
            refused: quoteLiteral(refused),
            decided:
              deciders.length > 0
                ? `${andList(
                    deciders.map(({ name }) => quoteIdentifier(name)),
                    2,
                  )} is there for those who decide`
                : 'no policy lets their authors change them',
          },
          related: places.flatMap(({ name, origin }) =>
            origin.from === 'statement' ? [{ note: `so does ${quoteIdentifier(name)}`, at: origin.at }] : [],
          ),
          fix: () => (places.length > 0 ? undefined : fixFor(graph, first.policy, showing)),
        });
      }
    },
  },
});

/** Only a policy for INSERT: what a changed row may be depends on what it was. */
function fixFor(graph: SchemaGraph, policy: EntityOf<'policy'>, { column }: ShowingColumn): Fix | undefined {
  const own = policy.check === null ? undefined : clauseText(graph, policy.check);
  const start = column.default === null ? undefined : clauseText(graph, column.default);
  if (policy.command !== 'insert' || own === undefined || start === undefined) return undefined;
  return {
    title: 'Ask that new rows wait',
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  with check (${raw(bracketed(own))} and ${column.name} = ${raw(start)});`,
  };
}
