import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  quoteIdentifier,
  redefined,
  relatedAt,
  type SchemaGraph,
  type WipedDefault,
  wipedDefaults,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'wiped-default',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A variable loses its default where SELECT … INTO finds no row.',
    why: "A variable that begins as 'free' is meant to stay so for whoever has no row yet. SELECT … INTO does not leave it alone: where it finds nothing it sets its targets to NULL. The default that was written down for just that case never counts, and a NULL goes on in its place, which no comparison is true for.",
    remedy: 'Give the default back behind the SELECT, v := coalesce(v, …), or IF NOT FOUND THEN.',
    scope: [
      'Not reported are variables that anything else sets, queries behind which something asks for FOUND or NULL, those with STRICT, aggregates, which always give a row, rows that are sure to be there, and false, which IF takes NULL for.',
    ],
    messages: {
      wiped:
        '{{function}} lets {{variables}}, and SELECT … INTO makes {{both}} NULL where it finds no {{rows}}: {{so}}{{never}}.',
    },
    restsOn: ['functions'],
    references: ['https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-STATEMENTS-SQL-ONEROW'],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      if (routine.language !== 'plpgsql') return;
      const all = wipedDefaults(graph, routine);
      const wiped = all.find(({ isNamedByCaller }) => !isNamedByCaller) ?? all[0];
      if (wiped === undefined) return;
      const { variables, table, at, isNamedByCaller, isAlways } = wiped;
      report({
        entity: routine,
        origin: { from: 'statement', at },
        message: 'wiped',
        data: {
          function: `${brief(routine.name)}()`,
          variables: andList(variables.map(({ name, value }) => `${quoteIdentifier(name)} be ${value}`)),
          both: variables.length === 1 ? 'that' : 'them',
          rows: table === null ? 'row' : `${brief(table.name)} row`,
          so: consequence(wiped),
          never: isAlways ? ', and the default never counts' : '',
        },
        ...(isNamedByCaller ? { severity: 'low' } : {}),
        related: [
          ...variables.flatMap((each) =>
            relatedAt({ origin: { from: 'statement', at: each.at } }, `${quoteIdentifier(each.name)} gets it here`),
          ),
          ...all.filter((each) => each !== wiped).map((each) => ({ note: `and ${namesOf(each)} here`, at: each.at })),
        ],
        fix: () => fixFor(graph, routine, all, texts),
      });
    },
  },
});

function consequence({ variables, use }: WipedDefault): string {
  const [first] = variables;
  const name = quoteIdentifier(first?.name ?? '');
  switch (use) {
    case 'returned':
      return 'the caller gets NULL';
    case 'compared':
      return `the IF on ${name} goes on as if its condition were false`;
    case 'used':
      return `what is worked out with ${name} is worked out with NULL`;
  }
}

function namesOf({ variables }: WipedDefault): string {
  return andList(variables.map(({ name }) => quoteIdentifier(name)));
}

/** Right behind each query. */
function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  all: readonly WipedDefault[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const insertions = all.map(({ variables, at }) => {
    const again = variables.map(({ name, value }) => {
      const variable = quoteIdentifier(name);
      return `;\n  ${variable} := coalesce(${variable}, ${value})`;
    });
    return { at: at.end, text: again.join('') };
  });
  const sql = redefined(graph, routine, texts, insertions);
  const title = `Give ${andList(all.map(namesOf))} the default back`;
  return sql === undefined ? undefined : { title, safety: 'review', sql };
}
