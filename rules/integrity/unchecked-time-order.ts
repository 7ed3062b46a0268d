import {
  addedChecks,
  andList,
  areTiedByExpression,
  brief,
  columnsJudgedByTriggers,
  counted,
  defineRule,
  type Fix,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  SPAN_WORDS,
  sql,
  standingTable,
  type TimeSpan,
  timeSpans,
  typeClass,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'unchecked-time-order',
    category: 'integrity',
    severity: 'low',
    confidence: 'likely',
    summary: 'Nothing keeps an end from being before its beginning.',
    why: 'A span that ends before it begins has a negative length, overlaps nothing and is found by no question about a day in it. range types made of it raise an error, in the query of whoever reads the row and not of who wrote it.',
    remedy: 'CHECK (end >= start): it passes while one of the two is NULL.',
    scope: [
      'Times of day are not meant, as a night shift ends before it begins; nor are pairs that a trigger, an exclusion constraint or a generated column compares.',
    ],
    messages: {
      one: '{{table}} takes rows whose {{end}} is before their {{start}}: no CHECK compares the two.',
      several: '{{table}} takes rows that end before they begin, by {{pairs}}: no CHECK compares them.',
    },
    restsOn: ['columns', 'constraints', 'triggers'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS'],
    optionDocs: { words: 'Words that begin and end a span, as beginning:end; all else in the two names is the same.' },
  },
  defaults: { words: SPAN_WORDS },
  visit: {
    table({ id }, { graph, options, report }) {
      const table = standingTable(graph, id);
      if (table === undefined) return;
      const spans = timeSpans(graph, id, options.words).filter((each) => isOpen(graph, each));
      const [first] = spans;
      if (first === undefined) return;
      const about = { entity: first.end, fix: (): Fix => fixFor(graph, table, spans) };
      const names = ({ start, end }: TimeSpan) => [quoteIdentifier(start.name), quoteIdentifier(end.name)] as const;
      const [start, end] = names(first);
      if (spans.length === 1) report({ ...about, message: 'one', data: { table: brief(table.name), start, end } });
      else {
        const pairs = `${counted(spans.length, 'pair')} of columns: ${andList(spans.map((each) => names(each).join(' and ')).map((each) => `(${each})`))}`;
        report({ ...about, message: 'several', data: { table: brief(table.name), pairs } });
      }
    },
  },
});

function isOpen(graph: SchemaGraph, { start, end }: TimeSpan): boolean {
  const isCalculated = start.generated !== null || end.generated !== null || end.isInherited;
  if (isCalculated || typeClass(graph, start.type) === 'time') return false;
  if (areTiedByExpression(graph, start.relation, [start.id, end.id])) return false;
  const judged = columnsJudgedByTriggers(graph, start.relation);
  return !judged.has(start.id) || !judged.has(end.id);
}

function fixFor(graph: SchemaGraph, table: Parameters<typeof addedChecks>[1], spans: readonly TimeSpan[]): Fix {
  return {
    title: 'Check the order (fails while a row ends before it begins: mend those first)',
    safety: 'review',
    sql: addedChecks(
      graph,
      table,
      spans.map(({ start, end }) => ({
        name: `${end.name}_not_before_${start.name}`,
        condition: raw(sql`${end.name} >= ${start.name}`),
      })),
    ),
  };
}
