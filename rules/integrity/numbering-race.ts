import {
  andList,
  beginningWithOne,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  isNullable,
  lockedFirst,
  type NextNumber,
  nextNumber,
  quoteIdentifier,
  redefined,
  type SchemaGraph,
  type UnbegunNumber,
  unbegunNumber,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'numbering-race',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary:
      'A function gives a row the highest number there is and one more: two calls get the same one, or no row ever gets any.',
    why: 'The aggregate max() does not see what another transaction has inserted and not committed. Two that add a row at once read the same highest number, and both rows get the same: two invoices, two versions of one number, and whoever looks one up by it finds either. It happens as soon as a button is pressed twice. Where there is no row yet, max() is NULL, and so is NULL + 1.',
    remedy:
      'A unique key over the number, and what it counts within: the second waits for the first and fails, and may try again. So that it does not fail, a lock that both take before they look: of the parent’s row (FOR UPDATE), or pg_advisory_xact_lock of the value counted by. Where gaps do no harm, an identity column. And coalesce(max(…), 0), so that the first row gets 1.',
    scope: [
      'Reported of columns that are called like a number by which rows are told apart (number, invoice_no, version, seq): a place in an order two rows may share.',
      'That no row ever gets one is reported of a trigger that sets the column for every row, whatever it is called, where nothing else in the schema or its files does: high where the column is NOT NULL.',
      'Not reported: where a unique key has the column, or a lock or a write that the second waits for stands before the look, in this function, in another trigger of the table, or in each function that calls the one which looks.',
    ],
    messages: {
      same: '{{function}} numbers {{table}} rows: {{column}} becomes the highest there is{{among}} and one more, without a lock. Two at once read the same highest, and both rows get the same number, as no unique key keeps the second out.',
      never:
        '{{function}} gives each new {{table}} row max({{column}}) + 1{{among}}: where there is none yet, max() is NULL, and so is NULL + 1. {{first}}, until somebody sets one by hand.',
    },
    restsOn: ['functions', 'triggers', 'constraints', 'indexes'],
    references: [
      'https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED',
      'https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS',
    ],
  },
  visit: {
    function(routine, { graph, statements, texts, report }) {
      const unbegun = unbegunNumber(graph, routine, statements);
      if (unbegun !== undefined) {
        const { table, column, at } = unbegun;
        const name = quoteIdentifier(column.name);
        const isRefused = !isNullable(graph, column);
        report({
          entity: routine,
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          message: 'never',
          data: {
            function: `${brief(routine.name)}()`,
            table: brief(table.name),
            column: name,
            among: amongText(unbegun),
            first: isRefused
              ? `The first row is refused (23502), as ${name} is NOT NULL, and so is each after it`
              : `The first row gets no ${name}, and so none after it does`,
          },
          severity: isRefused ? 'high' : 'medium',
          fix: () => beginning(graph, routine, unbegun, texts),
        });
        return;
      }
      const found = nextNumber(graph, routine);
      if (found === undefined) return;
      const { table, column, at } = found;
      report({
        entity: routine,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        message: 'same',
        data: {
          function: `${brief(routine.name)}()`,
          table: brief(table.name),
          column: quoteIdentifier(column.name),
          among: amongText(found),
        },
        fix: () => locked(graph, routine, found, texts),
      });
    },
  },
});

function amongText({ among }: Pick<NextNumber, 'among'>): string {
  return among.length === 0 ? '' : ` for the ${andList(among.map(({ name }) => quoteIdentifier(name)))}`;
}

function beginning(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  unbegun: UnbegunNumber,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const text = texts.get(unbegun.at?.file ?? '');
  if (text === undefined) return undefined;
  const written = redefined(graph, routine, texts, [beginningWithOne(unbegun, text)]);
  return written === undefined
    ? undefined
    : { title: 'Begin with 1 where there is none', safety: 'review', sql: written };
}

function locked(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  found: NextNumber,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const title = 'Let the second wait before it looks (a unique key then says so for whoever does not)';
  return lockedFirst(graph, routine, found, found.values, title, texts);
}
