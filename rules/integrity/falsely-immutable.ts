import {
  brief,
  defineRule,
  type FalselyImmutable,
  falselyImmutableIn,
  isShown,
  quoteIdentifier,
  relatedAt,
  relationName,
  spoken,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'falsely-immutable',
    category: 'integrity',
    severity: 'high',
    summary:
      'An index or a stored column keeps the answer of a function that says IMMUTABLE, and whose answer changes.',
    why: 'Postgres believes the word IMMUTABLE: it works the function out when a row is written and never again. An index then finds rows by an answer of that day, and leaves out others, so that the same query gives different rows with the index and without it; a generated column shows what was true once. No error says so, and a REINDEX helps until the next day.',
    remedy:
      'Index what does not change (the timestamp itself, the key of the other table), compare it with now() in the query, and work the rest out in a view. Declare the function STABLE, which is what it is.',
    scope: [
      'Reported of functions that ask, by themselves or through others of the schema, for the time, the session (auth.uid(), current_setting, current_user), chance, or a table of the schema.',
      'Not reported: what rests on settings alone (to_char, unaccent), CHECKs, and a generated column that is given nothing of the row, which notes the moment of the last write.',
    ],
    messages: {
      index:
        'The index {{index}} keeps what {{function}} said when each row was written, and finds rows by that: it is IMMUTABLE by its word alone, as it asks {{asked}}. Queries that use the index give other rows than those that do not.',
      generated:
        '{{column}} keeps what {{function}} said when the row was last written, and shows it from then on: it is IMMUTABLE by its word alone, as it asks {{asked}}.',
    },
    restsOn: ['functions', 'indexes', 'columns'],
    references: [
      'https://www.postgresql.org/docs/current/xfunc-volatility.html',
      'https://www.postgresql.org/docs/current/sql-createindex.html',
    ],
  },
  visit: {
    index(index, { graph, report }) {
      if (!isShown(index, graph) || index.parent !== null) return;
      const expressions = [...index.keys.map(({ expression }) => expression), index.predicate];
      const [found] = expressions.flatMap((each) => (each === null ? [] : (falselyImmutableIn(graph, each) ?? [])));
      if (found === undefined) return;
      report({
        entity: index,
        message: 'index',
        data: { index: brief(index.name), ...textOf(found) },
        related: relatedAt(found.routine, 'the function'),
      });
    },
    column(column, { graph, report }) {
      const expression = column.generated?.stored === true ? column.generated.expression : undefined;
      if (expression === undefined || column.isInherited || !isShown(column, graph)) return;
      const isOfRow = expression.references.some(({ kind }) => kind === 'column');
      const found = isOfRow ? falselyImmutableIn(graph, expression) : undefined;
      if (found === undefined) return;
      report({
        entity: column,
        message: 'generated',
        severity: 'medium',
        data: { column: `${relationName(graph, column.relation)}.${quoteIdentifier(column.name)}`, ...textOf(found) },
        related: relatedAt(found.routine, 'the function'),
      });
    },
  },
});

function textOf({ routine, answer: { kind, asked } }: FalselyImmutable) {
  const what = { time: 'what time it is', session: 'who calls', chance: 'for a new value each time' } as const;
  return {
    function: spoken(routine),
    asked: kind === 'table' ? `the table ${quoteIdentifier(asked)}, whose rows may change` : `${what[kind]} (${asked})`,
  };
}
