import {
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  orList,
  quoteIdentifier,
  redefined,
  type SchemaGraph,
  type WholeRowTest,
  wholeRowTests,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'row-is-not-null',
    category: 'integrity',
    severity: 'high',
    summary: 'IS NOT NULL of a whole row is used to ask whether a row was found.',
    why: 'Of a row, IS NOT NULL is true only if every column holds a value. A row that was found and has a NULL anywhere is taken for none: the body goes the way for what is missing, and adds it a second time or says that it is not there.',
    remedy: 'Ask FOUND right after the query, or a column that is never NULL (row.id IS NOT NULL).',
    scope: [
      'IS NULL of a whole row is true only if every column is NULL, and so NOT (row IS NULL) is right; neither is reported, nor is a table whose columns are all NOT NULL.',
    ],
    messages: {
      found:
        '{{function}} takes {{table}} rows with a NULL in {{columns}} for not found: {{variable}} IS NOT NULL is true only if every column of the row holds a value.',
    },
    restsOn: ['functions', 'columns', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/functions-comparison.html'],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      if (routine.language !== 'plpgsql') return;
      const tests = wholeRowTests(graph, routine);
      const [first] = tests;
      if (first === undefined) return;
      const [place, ...others] = tests.flatMap(({ at }) => (at === null ? [] : [at]));
      report({
        entity: routine,
        message: 'found',
        data: {
          function: brief(routine.name),
          table: brief(first.table.name),
          columns: orList(
            first.nullable.map(({ name }) => quoteIdentifier(name)),
            3,
          ),
          variable: first.variable,
        },
        ...(place === undefined ? {} : { origin: { from: 'statement', at: place } as const }),
        related: others.map((at) => ({ note: 'here too', at })),
        fix: () => fixFor(graph, routine, tests, texts),
      });
    },
  },
});

/** The key is asked for instead, which no row is without; none of a RECORD, which has no columns before something is found. */
function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  tests: readonly WholeRowTest[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const insertions = tests.flatMap(({ table, isTyped, at }) => {
    const [key, another] = graph.primaryKey(table.id)?.columns ?? [];
    if (!isTyped || at === null || key === undefined || another !== undefined) return [];
    return [{ at: at.end, text: `.${quoteIdentifier(graph.get('column', key).name)}` }];
  });
  if (insertions.length < tests.length) return undefined;
  const written = redefined(graph, routine, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Ask for the key of the row, which is never NULL', safety: 'review', sql: written };
}
