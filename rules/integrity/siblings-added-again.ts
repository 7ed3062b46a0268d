import { andList, brief, defineRule, quoteIdentifier, siblingSteps, standingTable } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'siblings-added-again',
    category: 'integrity',
    severity: 'medium',
    summary: 'A trigger that runs for each row adds up all rows of the same parent each time.',
    why: 'Of a delivery with two lines the trigger runs twice, and each time it adds both: what came once is in the stock twice. With one line it is right, which is how it is tried.',
    remedy:
      'Add what NEW alone brings; or go through all of them once, in a trigger of the parent or a statement trigger with a transition table.',
    scope: [
      'Not reported: triggers that work the number out anew instead of adding, queries that ask anything else of the rows, which may leave out those that are done, and writes under a condition.',
    ],
    messages: {
      again:
        '{{function}} runs for each {{table}} row (trigger {{trigger}}) and moves {{columns}} by all {{table}} rows with the same {{by}}: of a parent with several, each is counted again for every one of them.',
    },
    restsOn: ['triggers', 'functions', 'constraints', 'indexes'],
    references: ['https://www.postgresql.org/docs/current/trigger-definition.html'],
  },
  visit: {
    table({ id }, { graph, report }) {
      const table = standingTable(graph, id);
      if (table === undefined) return;
      for (const { trigger, function: called, by, moved, columns, query } of siblingSteps(graph, table))
        report({
          entity: trigger,
          ...(query.at === null ? {} : { origin: { from: 'statement', at: query.at } as const }),
          message: 'again',
          data: {
            function: `${brief(called.name)}()`,
            table: brief(table.name),
            trigger: quoteIdentifier(trigger.name),
            columns: andList(columns.map(({ name }) => `${brief(moved.name)}.${quoteIdentifier(name)}`)),
            by: quoteIdentifier(by.name),
          },
        });
    },
  },
});
