import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  lockedFirst,
  type NextNumber,
  nextNumber,
  quoteIdentifier,
  type SchemaGraph,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'numbering-race',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A function gives a row the highest number there is and one more, and nothing keeps two calls apart.',
    why: 'The aggregate max() does not see what another transaction has inserted and not committed. Two that add a row at once read the same highest number, and both rows get the same: two invoices, two versions of one number, and whoever looks one up by it finds either. It happens as soon as a button is pressed twice.',
    remedy:
      'A unique key over the number, and what it counts within: the second waits for the first and fails, and may try again. So that it does not fail, a lock that both take before they look: of the parent’s row (FOR UPDATE), or pg_advisory_xact_lock of the value counted by. Where gaps do no harm, an identity column.',
    scope: [
      'Reported of columns that are called like a number by which rows are told apart (number, invoice_no, version, seq): a place in an order two rows may share.',
      'Not reported: where a unique key has the column, or a lock or a write that the second waits for stands before the look, in this function, in another trigger of the table, or in each function that calls the one which looks.',
    ],
    messages: {
      same: '{{function}} numbers {{table}} rows: {{column}} becomes the highest there is{{among}} and one more, without a lock. Two at once read the same highest, and both rows get the same number, as no unique key keeps the second out.',
    },
    restsOn: ['functions', 'triggers', 'constraints', 'indexes'],
    references: [
      'https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED',
      'https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS',
    ],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      const found = nextNumber(graph, routine);
      if (found === undefined) return;
      const { table, column, among, at } = found;
      report({
        entity: routine,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        message: 'same',
        data: {
          function: `${brief(routine.name)}()`,
          table: brief(table.name),
          column: quoteIdentifier(column.name),
          among: among.length === 0 ? '' : ` for the ${andList(among.map(({ name }) => quoteIdentifier(name)))}`,
        },
        fix: () => locked(graph, routine, found, texts),
      });
    },
  },
});

function locked(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  found: NextNumber,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const title = 'Let the second wait before it looks (a unique key then says so for whoever does not)';
  return lockedFirst(graph, routine, found, found.values, title, texts);
}
