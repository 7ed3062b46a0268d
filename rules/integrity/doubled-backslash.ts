import {
  bodyExpressions,
  brief,
  clausesOf,
  type DoubledBackslash,
  defineRule,
  doubledBackslashes,
  type EntityOf,
  type Expression,
  type Fix,
  isRepeatable,
  isUsersOwn,
  placeOf,
  quoteIdentifier,
  raw,
  redefined,
  relationName,
  type SchemaGraph,
  sql,
  withSingleBackslashes,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'doubled-backslash',
    category: 'integrity',
    severity: 'medium',
    summary: 'A regular expression has two backslashes where one was meant.',
    why: "In a string such as '\\\\s' both backslashes are part of the text, since standard_conforming_strings is on: only E'\\\\s' makes one of them. The pattern then asks for a backslash and the letter s. It finds nothing of what it was written for, or in a list such as [^a-z\\\\s] takes away just what was to stay, and no error says so.",
    remedy: "Write one backslash ('\\s'), or the string with E.",
    scope: [
      'Not reported: patterns that have escapes with one backslash as well, or a backslash before anything that is not escaped by habit, as a backslash may be meant there; and \\\\. in brackets, where a dot is a dot already.',
    ],
    messages: {
      found:
        '{{holder}} does not look for {{meant}}: {{piece}} with two backslashes is {{is}}, in the pattern of {{asked}}. {{mended}} is what was meant.',
    },
    restsOn: ['functions', 'constraints', 'policies'],
    references: [
      'https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE',
      'https://www.postgresql.org/docs/current/functions-matching.html#POSIX-ESCAPE-SEQUENCES',
    ],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      const places = placesIn(bodyExpressions(routine));
      const told = toldOf(places, `${brief(routine.name)}()`);
      if (told !== undefined)
        report({ entity: routine, ...told, fix: () => fixForRoutine(graph, routine, places, texts) });
    },
    checkConstraint(check, { graph, report }) {
      const on = graph.find(check.on);
      if (check.isInherited || on === undefined || !isUsersOwn(graph, check)) return;
      const told = toldOf(
        placesIn([check.expression]),
        `The CHECK ${quoteIdentifier(check.name)} of ${graph.path(on)}`,
      );
      if (told !== undefined) report({ entity: check, ...told, fix: () => fixForCheck(graph, check) });
    },
    policy(policy, { graph, report }) {
      const clauses = clausesOf(policy).map(({ expression }) => expression);
      const holder = `The policy ${quoteIdentifier(policy.name)} on ${relationName(graph, policy.table)}`;
      const told = toldOf(placesIn(clauses), holder);
      if (told !== undefined) report({ entity: policy, ...told });
    },
    column(column, { graph, report }) {
      const written = [column.default, column.generated?.expression ?? null];
      const told = toldOf(placesIn(written), `The value of ${graph.path(column)}`);
      if (told !== undefined) report({ entity: column, ...told });
    },
    index(index, { graph, report }) {
      const written = [index.predicate, ...index.keys.map(({ expression }) => expression)];
      const told = toldOf(placesIn(written), `The index ${quoteIdentifier(index.name.name)}`);
      if (told !== undefined && isUsersOwn(graph, index)) report({ entity: index, ...told });
    },
    view(view, { report }) {
      const told = toldOf(placesIn([view.query]), `The view ${brief(view.name)}`);
      if (told !== undefined) report({ entity: view, ...told });
    },
    materializedView(view, { report }) {
      const told = toldOf(placesIn([view.query]), `The materialized view ${brief(view.name)}`);
      if (told !== undefined) report({ entity: view, ...told });
    },
  },
});

interface Place {
  readonly expression: Expression;
  readonly doubled: DoubledBackslash;
}

function placesIn(expressions: readonly (Expression | null)[]): readonly Place[] {
  const placeIn = ({ doubled, expression }: Place) => placeOf(expression, doubled.constant)?.start ?? 0;
  return expressions
    .flatMap((expression) =>
      expression === null ? [] : doubledBackslashes(expression.tree).map((doubled) => ({ expression, doubled })),
    )
    .sort((a, b) => placeIn(a) - placeIn(b));
}

/** What each escape stands for. */
const MEANT: Readonly<Record<string, string>> = {
  s: 'white space',
  S: 'what is no white space',
  d: 'digits',
  D: 'what is no digit',
  w: 'letters, digits and underscores',
  W: 'what is no letter, digit or underscore',
  y: 'the edge of a word',
  Y: 'the inside of a word',
  '.': 'a dot',
};

function toldOf(places: readonly Place[], holder: string) {
  const [first, ...others] = places;
  if (first === undefined) return undefined;
  const { sign, isListed, asked } = first.doubled;
  const taken = sign === '.' ? 'any character' : `the letter ${sign}`;
  const at = placeOf(first.expression, first.doubled.constant);
  return {
    message: 'found',
    data: {
      holder,
      meant: MEANT[sign] ?? sign,
      piece: `\\\\${sign}`,
      is: `a backslash ${isListed ? 'or' : 'and'} ${taken}`,
      asked,
      mended: shortened(withSingleBackslashes(first.expression, first.doubled.constant).text),
    },
    ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
    related: others.flatMap(({ expression, doubled }) => {
      const place = placeOf(expression, doubled.constant);
      return place === null ? [] : [{ note: 'here too', at: place }];
    }),
  } as const;
}

/** So much of a pattern tells which it is. */
const MOST_SHOWN = 80;

function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}

function fixForRoutine(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  places: readonly Place[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const insertions = places.map(({ expression, doubled }) => withSingleBackslashes(expression, doubled.constant));
  const written = redefined(graph, routine, texts, insertions);
  return written === undefined ? undefined : { title: TITLE, safety: 'review', sql: written };
}

const TITLE = 'Write one backslash';

function fixForCheck(graph: SchemaGraph, check: EntityOf<'checkConstraint'>): Fix | undefined {
  const { expression } = check;
  const table = graph.find(check.on);
  if (table?.kind !== 'table' || !isRepeatable(graph, expression)) return undefined;
  const text = placesIn([expression])
    .map(({ doubled }) => withSingleBackslashes(expression, doubled.constant))
    .sort((a, b) => b.at - a.at)
    .reduce((rest, { at, end, text: written }) => {
      return rest.slice(0, at - expression.start) + written + rest.slice(end - expression.start);
    }, expression.text);
  return {
    title: `${TITLE} (fails while a row holds what the pattern then refuses: mend those first)`,
    safety: 'review',
    sql: sql`alter table ${table.name} drop constraint ${check.name};
alter table ${table.name} add constraint ${check.name} check (${raw(text)}) not valid;
alter table ${table.name} validate constraint ${check.name};`,
  };
}
