import {
  type AuditSettings,
  brief,
  type ChangingAnswer,
  clientsMeetingRows,
  defineRule,
  type EntityOf,
  type FalselyImmutable,
  falselyImmutableIn,
  isMigratedList,
  isShown,
  quoteIdentifier,
  relatedAt,
  relationName,
  type SchemaGraph,
  type Statement,
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
      'Milder on Supabase where all that a function asks is a list that only migrations fill: no client and no function of the schema writes it.',
      'Reported of functions that ask, by themselves or through others of the schema, for the time, the session (auth.uid(), current_setting, current_user), chance, or a table of the schema.',
      'Not reported: what rests on settings alone (to_char, unaccent), CHECKs, and a generated column that is given nothing of the row, which notes the moment of the last write.',
    ],
    messages: {
      index:
        'The index {{index}} keeps what {{function}} said when each row was written, and finds rows by that: it is IMMUTABLE by its word alone, as it asks {{asked}}. {{queries}} that use the index give other rows than those that do not.',
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
    index(index, { graph, statements, settings, report }) {
      if (!isShown(index, graph) || index.parent !== null) return;
      const expressions = [...index.keys.map(({ expression }) => expression), index.predicate];
      const [found] = expressions.flatMap((each) => (each === null ? [] : (falselyImmutableIn(graph, each) ?? [])));
      if (found === undefined) return;
      const answer = worstOf(graph, statements, found, settings);
      report({
        entity: index,
        message: 'index',
        ...(answer.isKept ? { severity: 'medium' } : {}),
        data: {
          index: brief(index.name),
          ...textOf(found, answer),
          queries: answer.isKept ? 'After a migration that changes it, queries' : 'Queries',
        },
        related: relatedAt(found.routine, 'the function'),
      });
    },
    column(column, { graph, statements, settings, report }) {
      const expression = column.generated?.stored === true ? column.generated.expression : undefined;
      if (expression === undefined || column.isInherited || !isShown(column, graph)) return;
      const isOfRow = expression.references.some(({ kind }) => kind === 'column');
      const found = isOfRow ? falselyImmutableIn(graph, expression) : undefined;
      if (found === undefined) return;
      const answer = worstOf(graph, statements, found, settings);
      report({
        entity: column,
        message: 'generated',
        severity: answer.isKept ? 'low' : 'medium',
        data: {
          column: `${relationName(graph, column.relation)}.${quoteIdentifier(column.name)}`,
          ...textOf(found, answer),
        },
        related: relatedAt(found.routine, 'the function'),
      });
    },
  },
});

type Weighed = ChangingAnswer & { readonly isKept: boolean };

/** What it rests on that changes most easily. */
function worstOf(
  graph: SchemaGraph,
  statements: readonly Statement[],
  { answers }: FalselyImmutable,
  settings: AuditSettings,
): Weighed {
  const weighed = answers.map((each) => ({ ...each, isKept: each.kind === 'table' && isKept(each.table) }));
  return weighed.find((each) => !each.isKept) ?? { ...answers[0], isKept: true };

  /** Behind another server than Supabase nobody knows who writes. */
  function isKept(table: EntityOf<'table'>): boolean {
    const isWritten = (['insert', 'update', 'delete'] as const).some(
      (each) => clientsMeetingRows(graph, table, each, settings.clientRoles).length > 0,
    );
    return settings.platform === 'supabase' && !isWritten && isMigratedList(graph, statements, table, settings);
  }
}

function textOf({ routine }: FalselyImmutable, answer: Weighed) {
  return { function: spoken(routine), asked: answer.kind === 'table' ? tableText(answer) : saidOf(answer) };
}

function tableText({ table, isKept }: Weighed & { readonly kind: 'table' }): string {
  const changing = isKept
    ? 'which migrations fill and no client and no function of the schema changes (why this is milder)'
    : 'whose rows may change';
  return `the table ${quoteIdentifier(table.name.name)}, ${changing}`;
}

function saidOf({ kind, asked }: Exclude<ChangingAnswer, { readonly kind: 'table' }>): string {
  const what = { time: 'what time it is', session: 'who calls', chance: 'for a new value each time' } as const;
  return `${what[kind]} (${asked})`;
}
