import {
  brief,
  defineRule,
  type PrematureRead,
  prematureReads,
  quoteIdentifier,
  rowOf,
  standingTable,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'premature-trigger',
    category: 'integrity',
    severity: 'medium',
    summary: 'A trigger for INSERT goes through the rows that belong to the new one, and there can be none yet.',
    why: 'A foreign key lets no child in before its parent is there: when the trigger of the parent runs, the lines of the order, the items of the return have not been added. It finds nothing, does nothing, and no statement fails; what it was written for, taking from the stock, say, is never done.',
    remedy:
      'A trigger on the children, for each that is added; or a function that adds parent and children and then does what is to be done.',
    scope: [
      'Not reported: triggers that run for UPDATE as well, deferred ones, foreign keys that are deferrable or not validated, and tables whose triggers, or a statement that writes both tables, may have added the rows.',
    ],
    messages: {
      nothing:
        '{{function}} runs when {{row}} has just been added (trigger {{trigger}}) and goes through the {{child}} rows with its {{column}}: there can be none yet, as {{key}} asks for the {{table}} row first, so that it {{outcome}}.',
    },
    restsOn: ['triggers', 'functions', 'constraints'],
    references: ['https://www.postgresql.org/docs/current/trigger-definition.html'],
  },
  visit: {
    table({ id }, { graph, report }) {
      const table = standingTable(graph, id);
      if (table === undefined) return;
      for (const found of prematureReads(graph, table)) {
        const { trigger, function: called, child, key, query } = found;
        const [column = ''] = graph.columnNames(key.columns);
        report({
          entity: trigger,
          ...(query.at === null ? {} : { origin: { from: 'statement', at: query.at } as const }),
          message: 'nothing',
          data: {
            function: `${brief(called.name)}()`,
            table: brief(table.name),
            row: rowOf(brief(table.name)),
            trigger: quoteIdentifier(trigger.name),
            child: brief(child.name),
            column: quoteIdentifier(column),
            key: quoteIdentifier(key.name),
            outcome: outcomeText(found),
          },
        });
      }
    },
  },
});

function outcomeText({ query }: PrematureRead): string {
  if (query.role === 'value') return 'inserts nothing';
  return query.kind === 'select' ? 'never enters the loop' : `${query.kind}s nothing`;
}
