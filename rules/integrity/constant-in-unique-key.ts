import {
  brief,
  type ConstantKey,
  constantKeys,
  defineRule,
  type EntityOf,
  type Fix,
  isAuthUsers,
  isNullable,
  partAlone,
  quoteIdentifier,
  quoteLiteral,
  redefined,
  relatedAt,
  type SchemaGraph,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'constant-in-unique-key',
    category: 'integrity',
    severity: 'high',
    summary: 'A function writes a constant into a column that has to be unique.',
    why: 'An empty string is a value like any other: a unique key takes one row with it and refuses the next with 23505. coalesce(phone, \'\') is meant for "there is none", and works in every test with one user. ON CONFLICT (id) DO NOTHING does not help, as it is about another key; and where EXCEPTION WHEN OTHERS takes the error, people sign up and have no profile, and nobody is told.',
    remedy:
      'Write NULL where there is no value: NULLs do not collide. Where the column is NOT NULL, let it be NULL, or make a value that differs. Users that are without their row already need it added.',
    scope: [
      'Not reported: what ON CONFLICT on that key foresees, functions that look into the table themselves, columns that a trigger of the table sets, and values of which one is never NULL (gen_random_uuid()).',
    ],
    messages: {
      constant:
        '{{function}} writes {{constant}} into {{column}} of {{table}}{{when}}, and {{column}} is unique: {{outcome}}.',
    },
    restsOn: ['functions', 'triggers', 'indexes', 'constraints', 'columns'],
    references: [
      'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS',
      'https://supabase.com/docs/guides/auth/managing-user-data#using-triggers',
    ],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      for (const found of constantKeys(graph, routine)) {
        const { table, column, constant, key, at } = found;
        report({
          entity: routine,
          message: 'constant',
          discriminator: `${table.id}.${column.name}`,
          data: {
            function: `${brief(routine.name)}()`,
            constant: quoteLiteral(constant),
            column: quoteIdentifier(column.name),
            table: brief(table.name),
            when: whenText(graph, found),
            outcome: outcomeText(graph, found),
          },
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          related: relatedAt(key, 'the unique key'),
          fix: () => fixFor(graph, routine, found, texts),
        });
      }
    },
  },
});

/** Does it run for those who sign up? */
function isForUsers(graph: SchemaGraph, { triggers }: ConstantKey): boolean {
  return triggers.some(({ relation }) => {
    const table = graph.find(relation);
    return table?.kind === 'table' && isAuthUsers(table.name);
  });
}

function whenText(graph: SchemaGraph, found: ConstantKey): string {
  const { triggers, without } = found;
  const missing = without === null ? '' : ` without ${quoteIdentifier(without)}`;
  if (isForUsers(graph, found)) return ` for whoever signs up${missing}`;
  const [trigger] = triggers;
  const from = trigger === undefined ? undefined : graph.find(trigger.relation);
  if (from?.kind === 'table' || from?.kind === 'view') return ` for each new ${brief(from.name)} row${missing}`;
  return ` when it is called${missing}`;
}

function outcomeText(graph: SchemaGraph, found: ConstantKey): string {
  const { table, triggers, isSwallowed } = found;
  const name = brief(table.name);
  const second = triggers.length > 0 ? 'the second of them' : 'the second such call';
  if (isSwallowed) return `${second} ${triggers.length > 0 ? 'gets' : 'adds'} no ${name} row, and no client is told`;
  if (isForUsers(graph, found)) return `${second} cannot sign up, as the statement fails with 23505`;
  return `${second} fails with 23505`;
}

function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { column, key, replaceable, at }: ConstantKey,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const text = texts.get(at?.file ?? '');
  if (text === undefined || replaceable === null || key.nullsNotDistinct || !isNullable(graph, column))
    return undefined;
  const written = redefined(graph, routine, texts, [partAlone(...replaceable, text)]);
  return written === undefined
    ? undefined
    : { title: 'Write NULL where there is none: any number of rows may have that', safety: 'review', sql: written };
}
