import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  type LostTrigger,
  lostTriggers,
  quoteIdentifier,
  raw,
  type SchemaGraph,
  sql,
  writesText,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'lost-trigger',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A table or a trigger function was dropped and made anew, and the trigger was not.',
    why: 'DROP TABLE takes the triggers of the table with it and leaves their functions, and says so only of what CASCADE drops besides. The new table of that name looks like the old one, but what the trigger did (a log, a counter, a check) is not done any more. DROP FUNCTION … CASCADE takes the triggers of all tables that the function is called for.',
    remedy: 'Make the trigger again, or drop its function if nobody wants it.',
    scope: [
      'Not reported: triggers that a migration drops by name, those whose function another trigger calls or names columns that the new table lacks, those beside a new trigger for the same event, and columns of stale-updated-at.',
      'High where the function writes another table.',
    ],
    messages: {
      lost: '{{table}} lost its trigger {{trigger}} when the former table was dropped, and nothing calls {{function}} any more: no {{event}} {{deed}}.',
      cascaded:
        '{{table}} lost its trigger {{trigger}} when {{function}} was dropped with CASCADE, and since that was made again no trigger of the table calls it: no {{event}} {{deed}}.',
    },
    restsOn: ['existence', 'columns', 'triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/sql-droptable.html'],
    needs: ['history'],
  },
  visit: {
    table(table, { graph, journal, statements, report }) {
      if (table.isAssumed || table.partitionOf !== null) return;
      for (const lost of lostTriggers(graph, journal, statements, table)) {
        const { trigger, function: called, by, writes, wentWith } = lost;
        const data = {
          table: brief(table.name),
          trigger: quoteIdentifier(trigger.name),
          function: `${brief(called.name)}()`,
          event: trigger.events.map((each) => each.toUpperCase()).join(' or '),
          deed: deedOf(graph, lost),
        };
        report({
          entity: table,
          discriminator: trigger.name,
          ...(wentWith === 'table' ? { message: 'lost', data } : { message: 'cascaded', data }),
          ...(writes.length > 0 ? { severity: 'high' } : {}),
          related: [{ note: wentWith === 'table' ? 'the former table' : 'taken by this CASCADE', at: by.at }],
          fix: () => fixFor(table, lost),
        });
      }
    },
  },
});

function deedOf(graph: SchemaGraph, { writes, sets, refuses }: LostTrigger): string {
  if (writes.length > 0) return writesText(graph, writes);
  if (refuses) return 'is refused by it';
  return `sets ${andList(sets.map(quoteIdentifier), 3)}`;
}

/** As it was, where nothing of it was about the former table's own columns. */
function fixFor(table: EntityOf<'table'>, { trigger, function: called }: LostTrigger): Fix | undefined {
  const { when, updateColumns, arguments: given, oldTable, newTable, isConstraint, timing, events, level } = trigger;
  const isPlain = when === null && updateColumns.length === 0 && given.length === 0 && !isConstraint;
  if (!isPlain || oldTable !== null || newTable !== null || timing === 'insteadOf') return undefined;
  return {
    title: 'Make the trigger again',
    safety: 'review',
    sql: sql`create trigger ${trigger.name} ${raw(timing)} ${raw(events.join(' or '))} on ${table.name}
  for each ${raw(level)} execute function ${called.name}();`,
  };
}
