import {
  andList,
  brief,
  type CarriedNull,
  carriedNulls,
  defineRule,
  type EntityOf,
  type Fix,
  groupedBy,
  isAuthUsers,
  isNullMeant,
  onlyIf,
  quoteIdentifier,
  raw,
  redefined,
  relationName,
  rowOf,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'refused-null',
    category: 'integrity',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary:
      'A trigger copies a column that may be NULL into one that may not be, and so the statement that fires it fails.',
    why: 'What a trigger does belongs to the statement that fired it: where its INSERT fails with 23502, the write of the user fails with it, and the error names a table that the user does not know. A job nobody is assigned to cannot be closed, because a trigger wants to note who closed it. On auth.users nobody can sign up who has no e-mail address: auth.users.email is NULL for whoever signs up by phone, anonymously or with a wallet.',
    remedy:
      'Let the trigger pass over rows without a value (IF new.x IS NOT NULL, WHEN (new.x IS NOT NULL)), put another value in its place (coalesce), or let the second column be NULL. Where the first column must have a value anyway, say NOT NULL there.',
    scope: [
      'Only columns without a default of which something in the schema says that NULL is meant (ON DELETE SET NULL, a test for NULL), and no trigger that runs for each INSERT: it lets no such row in.',
      'Not reported: what a condition, a CHECK, a policy or a BEFORE trigger keeps from being NULL there, statements under a handler, and at sign-up nothing where config.toml turns off anonymous sign-ins and sign-ups by SMS; where it says that there are such users this is high, and where it says neither, low.',
    ],
    messages: {
      copied:
        '{{event}} of {{row}} whose {{column}} {{is}} NULL fails with 23502{{where}}: the trigger {{trigger}} puts {{value}} into {{into}}, which may not be NULL.',
      signUp:
        'Whoever signs up without {{what}} is refused ({{how}}): the trigger {{trigger}} puts NEW.{{column}}, which is NULL then, into {{into}}{{also}}, which may not be NULL (23502).',
    },
    restsOn: ['columns', 'constraints', 'triggers', 'functions', 'policies'],
    references: ['https://www.postgresql.org/docs/current/plpgsql-trigger.html'],
  },
  visit: {
    trigger(trigger, { graph, settings, texts, report }) {
      for (const [column, carried] of groupedBy(carriedNulls(graph, trigger), (each) => each.column)) {
        const [first, ...more] = carried;
        if (first === undefined) continue;
        const table = graph.get('table', trigger.relation);
        const { at } = first.statement;
        const about = {
          entity: trigger,
          ...(at.file === '' ? {} : { origin: { from: 'statement', at } as const }),
          discriminator: column.name,
          related: more.flatMap(({ statement }) =>
            statement.at.file === '' ? [] : [{ note: 'here as well', at: statement.at }],
          ),
        } as const;
        const data = {
          trigger: quoteIdentifier(trigger.name),
          column: quoteIdentifier(column.name),
          into: `${relationName(graph, first.into.relation)}.${quoteIdentifier(first.into.name)}`,
        };
        if (isAuthUsers(table.name)) {
          const lacking = WITHOUT.get(column.name);
          const isSaid = settings.signsUpWithoutEmail;
          if (lacking === undefined || first.event !== 'insert' || isSaid === false) continue;
          const severity = isSaid === true ? 'high' : 'low';
          report({
            ...about,
            message: 'signUp',
            data: {
              ...data,
              ...lacking,
              into: namesOf(graph, targetsOf(carried, false)),
              also: alsoText(graph, carried),
            },
            severity,
            fix: () => nullAllowed(graph, [...targetsOf(carried, false), ...targetsOf(carried, true)]),
          });
        } else if (isExpected(graph, first)) {
          report({
            ...about,
            message: 'copied',
            data: {
              ...data,
              event: `${first.event === 'delete' ? 'A' : 'An'} ${first.event.toUpperCase()}`,
              row: rowOf(brief(table.name)),
              is: first.row === 'old' && first.event === 'update' ? 'was' : 'is',
              where: first.isAlways ? '' : ' where the trigger gets to this INSERT',
              value: 'ColumnRef' in first.value ? named(first) : `what it makes of ${named(first)}`,
            },
            fix: () => guarded(graph, carried, texts),
          });
        }
      }
    },
  },
});

/** What users of auth.users may lack. */
const WITHOUT: ReadonlyMap<string, { readonly what: string; readonly how: string }> = new Map([
  ['email', { what: 'an e-mail address', how: 'by phone, anonymously, with a wallet' }],
]);

/** A column with a default is hardly left empty, and a trigger that runs for each INSERT is the NOT NULL that the column lacks. */
function isExpected(graph: SchemaGraph, { column, event, isAlways }: CarriedNull): boolean {
  return column.default === null && !(event === 'insert' && isAlways) && isNullMeant(graph, column);
}

function named({ row, column }: CarriedNull): string {
  return `${row.toUpperCase()}.${quoteIdentifier(column.name)}`;
}

function guarded(
  graph: SchemaGraph,
  carried: readonly CarriedNull[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const [first] = carried;
  const insertions = carried.flatMap(({ statement, row, column }) =>
    onlyIf(statement.at, sql`${raw(row)}.${column.name} is not null`),
  );
  const written = first && redefined(graph, first.function, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Add the row only where there is a value', safety: 'review', sql: written };
}

/** The columns that get no value: whatever else is sent, or where nothing is sent for them. */
function targetsOf(carried: readonly CarriedNull[], isUnlessSent: boolean): readonly EntityOf<'column'>[] {
  const all = carried.flatMap(({ into, also }) => [
    ...(isUnlessSent ? [] : [into]),
    ...also.filter((each) => each.isUnlessSent === isUnlessSent).map((each) => each.into),
  ]);
  return [...new Set(all)];
}

function namesOf(graph: SchemaGraph, columns: readonly EntityOf<'column'>[]): string {
  return andList(columns.map(({ relation, name }) => `${relationName(graph, relation)}.${quoteIdentifier(name)}`));
}

function alsoText(graph: SchemaGraph, carried: readonly CarriedNull[]): string {
  const columns = targetsOf(carried, true);
  return columns.length === 0 ? '' : `, and with nothing sent for it, into ${namesOf(graph, columns)}`;
}

/** All of them, or none: one that must have a value refuses the row. */
function nullAllowed(graph: SchemaGraph, columns: readonly EntityOf<'column'>[]): Fix | undefined {
  const isInKey = columns.some(({ id, relation }) =>
    graph.ownedBy(relation, 'primaryKey').some((key) => key.columns.includes(id)),
  );
  if (isInKey) return undefined;
  return {
    title: `Let the column${columns.length === 1 ? '' : 's'} be empty for users without it`,
    safety: 'review',
    sql: columns
      .map(
        ({ name, relation }) =>
          sql`alter table ${graph.get('table', relation).name} alter column ${name} drop not null;`,
      )
      .join('\n'),
  };
}
