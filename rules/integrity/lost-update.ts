import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  groupedBy,
  isNamed,
  type LostUpdate,
  lockingClause,
  lostUpdates,
  quoteIdentifier,
  redefined,
  type SchemaGraph,
  WORTH,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'lost-update',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A function reads a column without locking the row, and then changes it by what it read.',
    why: 'Two calls at once read the same value. One writes what it makes of it over what the other has written, or both pass a check that only one of them should: a withdrawal that is never taken off, two redemptions of the last coupon. It happens as soon as a button is pressed twice, and a client can bring it about on purpose.',
    remedy:
      'Read the row with FOR UPDATE: the second call waits there, and reads what the first has left. Or do it in the one UPDATE, set balance = balance - n … where balance >= n, and look whether it met a row. FOR SHARE does not help, of two calls one ends with a deadlock, nor does FOR KEY SHARE. Not reported: rows locked before (by any row, table or advisory lock, or an earlier UPDATE), the row that a trigger runs for, an UPDATE that asks in WHERE for the version or the state it changes, and, where a value is only checked, a CHECK or a trigger that refuses what comes of it. That a row belongs to one user is no protection: two tabs are enough.',
    messages: {
      overwritten:
        '{{function}} reads {{columns}} of {{table}} without locking the row and then writes back what it makes of {{it}}: of two calls at once the second overwrites what the first has written, as if that had never been.',
      below:
        '{{function}} checks {{columns}} of {{table}} without locking the row and then lowers {{it}}: two calls at once both pass the check, and together they take more than there is.',
      above:
        '{{function}} checks {{columns}} of {{table}} without locking the row and then raises {{it}}: two calls at once both pass the check, and together they go past its limit.',
    },
    restsOn: ['functions', 'columns', 'constraints', 'triggers'],
    references: [
      'https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED',
      'https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE',
    ],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      for (const updates of groupedBy(lostUpdates(graph, routine), ({ table }) => table.id).values()) {
        const [first] = updates;
        if (first === undefined) continue;
        const same = updates.filter((each) => each.kind === first.kind && each.sign === first.sign);
        const names = [...new Set(same.map(({ column }) => column.name))];
        const { reading, change, table } = first;
        const at = reading.query.at ?? change.query.at;
        const about = {
          entity: routine,
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          ...(same.some(({ column }) => isNamed(column.name, WORTH)) ? { severity: 'high' as const } : {}),
          data: {
            function: brief(routine.name),
            table: brief(table.name),
            columns: andList(names.map(quoteIdentifier)),
            it: names.length === 1 ? 'it' : 'them',
          },
          related: change.write.at === null ? [] : [{ note: 'the row is changed here', at: change.write.at }],
          fix: () => fixFor(graph, routine, updates, texts),
          discriminator: table.name.name,
        };
        if (first.kind === 'overwritten') report({ ...about, message: 'overwritten' });
        else if (first.sign === '-') report({ ...about, message: 'below' });
        else report({ ...about, message: 'above' });
      }
    },
  },
});

/** The function again, with a lock at each of the reads. */
function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  updates: readonly LostUpdate[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const readings = [...new Set(updates.map(({ reading }) => reading))];
  const locks = readings.map(({ query, source }) => lockingClause(query, source, texts));
  const placed = locks.flatMap((each) => each ?? []);
  if (placed.length < locks.length) return undefined;
  const written = redefined(graph, routine, texts, placed);
  if (written === undefined) return undefined;
  const [{ table } = { table: undefined }] = updates;
  return {
    title: `Lock the ${table === undefined ? '' : brief(table.name)} row where it is read`,
    safety: 'review',
    sql: written,
  };
}
