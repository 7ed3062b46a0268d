import {
  andList,
  breakBefore,
  brief,
  type CountedChildren,
  countedChildren,
  defineRule,
  type EntityOf,
  type Fix,
  groupedBy,
  isNamed,
  type LostUpdate,
  lockingClause,
  lostUpdates,
  quoteIdentifier,
  type RepeatedStep,
  raw,
  redefined,
  repeatedSteps,
  type SchemaGraph,
  sql,
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
      'Read the row with FOR UPDATE: the second call waits there, and reads what the first has left. Or do it in the one UPDATE, set balance = balance - n … where balance >= n, and look whether it met a row. FOR SHARE does not help, of two calls one ends with a deadlock, nor does FOR KEY SHARE.',
    scope: [
      'Not reported: rows locked before (by any row, table or advisory lock, or an earlier UPDATE), the row that a trigger runs for, an UPDATE that asks in WHERE for the version or the state it changes, and, where a value is only checked, a CHECK or a trigger that refuses what comes of it.',
      'That a row belongs to one user is no protection: two tabs are enough.',
      'Told as well: an invitation or a code that is found in one state and given another while a row that it names is given to whoever has it.',
      'Told as well: a row that is found in one state and given another while something is added or taken off for it; an UPDATE that asks for the state again, whose outcome the function looks at, mends that as well.',
      'What a function that is called reads and gives back counts as read by the caller, where it does nothing else and finds its row by its arguments alone.',
      'What a function counts over the rows of one parent, one of which it has changed, and writes to the parent, is told as well: lock the parent first.',
    ],
    messages: {
      overwritten:
        '{{function}} reads {{columns}} of {{table}}{{by}} without locking the row and then writes back what it makes of {{it}}: of two calls at once the second overwrites what the first has written, as if that had never been.',
      below:
        '{{function}} checks {{columns}} of {{table}}{{by}} without locking the row and then lowers {{it}}: two calls at once both pass the check, and together they take more than there is.',
      above:
        '{{function}} checks {{columns}} of {{table}}{{by}} without locking the row and then raises {{it}}: two calls at once both pass the check, and together they go past its limit.',
      repeated:
        '{{function}} finds a row of {{table}} by its {{state}} without locking it, moves {{columns}} of {{moved}} and sets {{state}} whatever it is by then: two calls at once both find the row as it was, and {{columns}} {{move}} twice.',
      taken:
        '{{function}} finds a row of {{table}} by its {{state}} without locking it, gives a row of {{moved}} to somebody ({{columns}}) and sets {{state}} whatever it is by then: two users who call at once both find the row as it was, both are told that it worked, and the second takes over what the first was given.',
      counted:
        '{{function}} changes a row of {{child}}, counts those of one {{parent}} row and writes {{columns}} there, without having locked that row: of two calls at once neither counts what the other has changed, and what the second writes is wrong for good where these were the last.',
    },
    restsOn: ['functions', 'columns', 'constraints', 'triggers'],
    references: [
      'https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED',
      'https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE',
    ],
  },
  visit: {
    function(routine, { graph, texts, report }) {
      const counted = countedChildren(graph, routine);
      if (counted !== undefined) {
        const { changed, child, columns, counting, parent, write } = counted;
        report({
          entity: routine,
          ...(counting.at === null ? {} : { origin: { from: 'statement', at: counting.at } as const }),
          message: 'counted',
          data: {
            function: brief(routine.name),
            child: brief(child.name),
            parent: brief(parent.name),
            columns: andList(columns.map(({ name }) => quoteIdentifier(name))),
          },
          related: [
            ...(changed.query.at === null ? [] : [{ note: 'the row is changed here', at: changed.query.at }]),
            ...(write.at === null ? [] : [{ note: 'what was counted is written here', at: write.at }]),
          ],
          fix: () => fixForCounted(graph, routine, counted, texts),
          discriminator: parent.name.name,
        });
      }
      for (const updates of groupedBy(lostUpdates(graph, routine), ({ table }) => table.id).values()) {
        const [first] = updates;
        if (first === undefined) continue;
        const same = updates.filter((each) => each.kind === first.kind && each.sign === first.sign);
        const names = [...new Set(same.map(({ column }) => column.name))];
        const { reading, change, table } = first;
        const isOwn = reading.through === undefined;
        const at = (isOwn ? reading.query.at : null) ?? change.query.at;
        const about = {
          entity: routine,
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          ...(same.some(({ column }) => isNamed(column.name, WORTH)) ? { severity: 'high' as const } : {}),
          data: {
            function: brief(routine.name),
            table: brief(table.name),
            columns: andList(names.map(quoteIdentifier)),
            it: names.length === 1 ? 'it' : 'them',
            by: reading.through === undefined ? '' : ` by ${brief(reading.through.name)}()`,
          },
          related: [
            ...(isOwn || reading.query.at === null ? [] : [{ note: 'it is read here', at: reading.query.at }]),
            ...(!isOwn || change.write.at === null ? [] : [{ note: 'the row is changed here', at: change.write.at }]),
          ],
          fix: () => fixFor(graph, routine, updates, texts),
          discriminator: table.name.name,
        };
        if (first.kind === 'overwritten') report({ ...about, message: 'overwritten' });
        else if (first.sign === '-') report({ ...about, message: 'below' });
        else report({ ...about, message: 'above' });
      }
      const told = new Set(lostUpdates(graph, routine).map(({ reading }) => reading));
      for (const repeated of repeatedSteps(graph, routine)) {
        const { change, columns, kind, moved, reading, state, step, table } = repeated;
        const at = reading.query.at ?? change.query.at;
        if (told.has(reading)) continue;
        told.add(reading);
        const data = {
          function: brief(routine.name),
          table: brief(table.name),
          state: quoteIdentifier(state.name),
          moved: brief(moved.name),
          columns: andList(columns.map(({ name }) => quoteIdentifier(name))),
        };
        const note = kind === 'moved' ? 'what is moved twice' : 'what is given twice';
        const about = {
          entity: routine,
          ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
          related: [
            ...(step.write.at === null ? [] : [{ note, at: step.write.at }]),
            ...(change.write.at === null ? [] : [{ note: 'the state is set here', at: change.write.at }]),
          ],
          fix: () => fixFor(graph, routine, [repeated], texts),
          discriminator: table.name.name,
        };
        if (kind === 'taken') report({ ...about, message: 'taken', data });
        else
          report({
            ...about,
            message: 'repeated',
            data: { ...data, move: columns.length === 1 ? 'moves' : 'move' },
            ...(columns.some(({ name }) => isNamed(name, WORTH)) ? { severity: 'high' as const } : {}),
          });
      }
    },
  },
});

/** The function again, with the parent's row locked before the first change: the second caller waits there, and counts what the first has left. */
function fixForCounted(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { changed, key, parent }: CountedChildren,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const { at, role } = changed.query;
  if (at === null || role !== 'statement' || changed.isConditional || key.variable === null) return undefined;
  const [column = ''] = graph.columnNames([key.column]);
  const lock = sql`perform 1 from ${parent.name} where ${column} = ${raw(key.variable)} for update;`;
  const written = redefined(graph, routine, texts, [{ at: at.start, text: `${lock}${breakBefore(texts, at)}` }]);
  return written === undefined
    ? undefined
    : { title: `Lock the ${brief(parent.name)} row before anything is changed`, safety: 'review', sql: written };
}

/** The function again, with a lock at each of the reads. */
function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  updates: readonly (LostUpdate | RepeatedStep)[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const readings = [...new Set(updates.map(({ reading }) => reading))];
  // A lock in what it calls would be one for all who call that.
  if (readings.some(({ through }) => through !== undefined)) return undefined;
  const locks = readings.map(({ query, source }) => lockingClause(query, source, texts));
  const placed = locks.flatMap((each) => each ?? []);
  if (placed.length < locks.length) return undefined;
  const written = redefined(graph, routine, texts, placed);
  if (written === undefined) return undefined;
  const [{ table } = { table: undefined }] = updates;
  const isUpsert = updates.some(({ change }) => change.write.onConflict !== null);
  return {
    title: `Lock the ${table === undefined ? '' : brief(table.name)} row where it is read${isUpsert ? ' (one that is not there yet cannot be: add in DO UPDATE to what the row has, then)' : ''}`,
    safety: 'review',
    sql: written,
  };
}
