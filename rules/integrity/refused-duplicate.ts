import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  groupedBy,
  keptInStep,
  orList,
  quoteIdentifier,
  quoteLiteral,
  type RefusedDuplicate,
  redefined,
  refusedSecondRows,
  refusedSignUps,
  relationName,
  type SchemaGraph,
  toldApart,
  withArticle,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'refused-duplicate',
    category: 'integrity',
    severity: 'high',
    confidence: 'likely',
    recommended: true,
    summary:
      'A trigger puts into a unique key what several rows of its own table share, and so the statement that fires it fails for the second of them.',
    why: 'What a trigger does belongs to the statement that fired it: where its INSERT fails with 23505, the write of the user fails with it. On auth.users the second info@… cannot sign up where the trigger makes a unique username of what stands before the @, and Supabase Auth answers with no more than "Database error saving new user". On another table a second order of the same customer is refused.',
    remedy:
      "Put something of the row's own into the value (left(new.id::text, 8)), look for a free one in a loop, or say what happens with ON CONFLICT.",
    scope: [
      "Not reported: where the key holds the new user's id or address, a random part, or anything else of which it is not certain that two rows share it; where the body, an ON CONFLICT or a handler deals with it, or a trigger of the second table sets the column.",
      'Names that users send themselves are medium, and told only where no function or view of the schema looks for rows by them: the app may ask before.',
      'A copy of the address is medium, and told only where nothing in the schema writes it again: copy it once more AFTER UPDATE OF email.',
    ],
    messages: {
      address:
        'Whoever signs up as {{second}} is refused once {{first}} has{{unsent}}: the trigger {{trigger}} puts {{value}} into {{columns}} for both, unique by {{key}} (23505). Supabase Auth says no more than "Database error saving new user".',
      nothing:
        'Only one user can sign up{{unsent}}: the trigger {{trigger}} puts {{value}} into {{columns}} for each, unique by {{key}} (23505). Supabase Auth says no more than "Database error saving new user".',
      choice:
        'Whoever signs up with {{keys}} that somebody has is not told so: the trigger {{trigger}} puts it into {{columns}}, unique by {{key}} (23505), and Supabase Auth says no more than "Database error saving new user".',
      freed:
        'Whoever signs up with an address that another user had and changed since is refused: the trigger {{trigger}} puts it into {{columns}} when a user is added, unique by {{key}}, and nothing in the schema changes it there with auth.users.email (23505). Supabase Auth says no more than "Database error saving new user".',
      second:
        'A second {{table}} row with the same {{shared}} is refused with 23505: for each, the trigger {{trigger}} adds a row to {{into}} whose {{columns}} is made of it, unique by {{key}}.',
      only: '{{table}} takes one row: a second INSERT is refused with 23505, since for each the trigger {{trigger}} puts {{value}} into {{columns}}, unique by {{key}}.',
    },
    restsOn: ['existence', 'columns', 'constraints', 'indexes', 'triggers', 'functions'],
    references: [
      'https://www.postgresql.org/docs/current/plpgsql-trigger.html',
      'https://supabase.com/docs/guides/auth/managing-user-data',
    ],
  },
  visit: {
    trigger(trigger, { graph, texts, report }) {
      const table = graph.find(trigger.relation);
      if (table?.kind !== 'table') return;
      for (const alike of groupedBy(refusedSignUps(graph, trigger), ({ by }) => by).values()) {
        const [first] = alike;
        if (first === undefined) continue;
        const { by, addresses, keys } = first;
        const about = aboutAll(graph, trigger, alike);
        const unsent = keys.length === 0 ? '' : `, where neither sends ${withArticle(orList(keys))}`;
        const fix = () => toldApartFix(graph, alike, keys, texts);
        if (by === 'address') {
          const [one, other] = addresses;
          const data = { ...about.data, unsent, first: one, second: other };
          report({ ...about, message: 'address', data, fix });
        } else if (by === 'nothing') {
          const without = keys.length === 0 ? '' : ` without ${withArticle(orList(keys))}`;
          report({ ...about, message: 'nothing', data: { ...about.data, unsent: without }, fix });
        } else if (by === 'freed') {
          report({ ...about, message: 'freed', severity: 'medium', fix: () => keptInStep(graph, first) });
        } else {
          report({
            ...about,
            message: 'choice',
            data: { ...about.data, keys: withArticle(orList(keys)) },
            severity: 'medium',
          });
        }
      }
      for (const first of refusedSecondRows(graph, trigger)) {
        const about = aboutAll(graph, trigger, [first]);
        const into = relationName(graph, first.index.relation);
        const data = { ...about.data, table: brief(table.name), into };
        if (first.shared === null) report({ ...about, message: 'only', data });
        else report({ ...about, message: 'second', data: { ...data, shared: quoteIdentifier(first.shared.name) } });
      }
    },
  },
});

function aboutAll(graph: SchemaGraph, trigger: EntityOf<'trigger'>, alike: readonly RefusedDuplicate[]) {
  const filled = alike.flatMap((each) => each.filled);
  const columns = filled.map(({ column }) => `${relationName(graph, column.relation)}.${quoteIdentifier(column.name)}`);
  const at = alike[0]?.statement.at;
  return {
    entity: trigger,
    ...(at === undefined || at.file === '' ? {} : { origin: { from: 'statement', at } as const }),
    discriminator: columns.join(),
    data: {
      trigger: quoteIdentifier(trigger.name),
      value: andList([
        ...new Set(filled.map(({ value }) => (typeof value === 'string' ? quoteLiteral(value) : String(value)))),
      ]),
      columns: andList([...new Set(columns)]),
      key: andList([...new Set(alike.map(({ index }) => quoteIdentifier(index.name.name)))]),
    },
  } as const;
}

/** A part of the new user's id behind what was made for him; what he sent himself stays as it is. */
function toldApartFix(
  graph: SchemaGraph,
  alike: readonly RefusedDuplicate[],
  keys: readonly string[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const [first] = alike;
  const insertions = toldApart(graph, alike, keys, texts);
  const written = first && insertions && redefined(graph, first.function, texts, insertions);
  return written === undefined
    ? undefined
    : { title: "Put a part of the new user's id behind what is made for him", safety: 'review', sql: written };
}
