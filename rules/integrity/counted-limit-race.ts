import {
  andList,
  brief,
  type CountedLimit,
  counted,
  countedInsert,
  countedLimit,
  defineRule,
  type EntityOf,
  type Fix,
  lastRow,
  lockedFirst,
  quoteIdentifier,
  rowOf,
  type SchemaGraph,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'counted-limit-race',
    category: 'integrity',
    severity: 'medium',
    summary:
      'A trigger or function refuses a row where it counts too many, or to delete one where it counts too few, and nothing keeps two transactions apart.',
    why: 'A count does not see what another transaction has inserted and not committed. Two that insert at once both count too few, both pass, and the limit is exceeded. It happens as soon as a button is pressed twice, and a client can bring it about on purpose. Nor does a count see what another is deleting: of two administrators who remove each other at once none is left.',
    remedy:
      'A unique key where there may be one: the second waits for the first and fails. Else a lock that both take before they count: of the parent’s row (FOR UPDATE), or pg_advisory_xact_lock of the value counted by.',
    scope: [
      'Not reported: a count behind any lock or write that the second waits for, by this function, by another trigger of the table, by a function that inserts (where no client inserts past it), or by each function that calls the one which counts.',
    ],
    messages: {
      passed:
        '{{function}} counts {{table}} rows by {{columns}} and refuses more than {{limit}}, without a lock: two transactions that insert at once do not see each other’s row, and both pass.',
      added:
        '{{function}} counts {{table}} rows by {{columns}}, refuses where there are too many, and else adds one, without a lock: calls at once do not see each other’s row, and all pass.',
      left: '{{function}} deletes {{row}} only where it counts more than {{kept}}, without a lock: of two calls at once for different rows neither sees that the other’s is going, both delete, and {{fewer}} left.',
    },
    restsOn: ['functions', 'triggers', 'constraints', 'indexes'],
    references: [
      'https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED',
      'https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS',
    ],
  },
  visit: {
    function(routine, { graph, settings, texts, report }) {
      const added = countedInsert(graph, routine);
      if (added !== undefined)
        report({
          entity: routine,
          ...(added.at === null ? {} : { origin: { from: 'statement', at: added.at } as const }),
          message: 'added',
          data: {
            function: brief(routine.name),
            table: brief(added.table.name),
            columns: andList(added.columns.map(({ name }) => quoteIdentifier(name))),
          },
          related: added.insert.at === null ? [] : [{ note: 'adds one', at: added.insert.at }],
          fix: () => lockedFirst(graph, routine, added, added.variables, 'Let the second wait before it counts', texts),
        });
      const last = lastRow(graph, routine);
      if (last !== undefined)
        report({
          entity: routine,
          ...(last.at === null ? {} : { origin: { from: 'statement', at: last.at } as const }),
          message: 'left',
          data: {
            function: brief(routine.name),
            row: rowOf(brief(last.table.name)),
            kept: String(last.kept),
            fewer: last.kept === 1 ? 'none is' : `fewer than ${last.kept} are`,
          },
          related: last.deleting.at === null ? [] : [{ note: 'deletes one', at: last.deleting.at }],
          discriminator: 'left',
          fix: () => lockedFirst(graph, routine, last, [], 'Let the second wait before it counts', texts),
        });
      const found = countedLimit(graph, routine, settings.clientRoles);
      if (found === undefined) return;
      const { table, columns, limit, at } = found;
      report({
        entity: routine,
        ...(at === null ? {} : { origin: { from: 'statement', at } as const }),
        message: 'passed',
        data: {
          function: brief(routine.name),
          table: brief(table.name),
          columns: andList(columns.map(({ name }) => quoteIdentifier(name))),
          limit: String(limit),
        },
        fix: () => fixFor(graph, routine, found, texts),
      });
    },
  },
});

/** The key where there may be one row; else a lock of what is counted by. */
function fixFor(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { table, columns, limit, isAlways, counting }: CountedLimit,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  if (limit === 1 && isAlways)
    return {
      title: 'Make it unique, which two at once cannot pass (fails while there are two)',
      safety: 'review',
      sql: sql`create unique index on ${table.name} (${columns.map(({ name }) => name)});`,
    };
  const values = columns.map(({ name }) => `new.${quoteIdentifier(name)}`);
  const title = `Let the second wait before it counts, so that ${counted(limit, 'row')} stay the limit`;
  return lockedFirst(graph, routine, { table, counting }, values, title, texts);
}
