import {
  andList,
  brief,
  defineRule,
  orList,
  quoteIdentifier,
  relationName,
  type SchemaGraph,
  sql,
  type TwinTrigger,
  twinTrigger,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'duplicate-trigger',
    category: 'integrity',
    severity: 'low',
    summary: 'Two triggers of a table do the same for the same writes.',
    why: 'Postgres runs every trigger of a table, whatever its name. CREATE TRIGGER under a second name, as a later migration often has it, does not replace the first: from then on each write does the work twice. A log has two rows for one change, and a counter counts two.',
    remedy:
      'Drop the later one, and name a trigger the same in all files (CREATE OR REPLACE TRIGGER, Postgres 14). High where the function counts (n = n + 1), medium where it adds rows to a table, low where the second run only costs time. What was counted or logged twice already stays so: correct it in the same migration. Not reported: triggers for different events, columns, conditions or arguments.',
    messages: {
      twice: 'The trigger {{trigger}} is {{other}} once more: both run {{function}} {{when}} of {{table}}{{doubled}}.',
    },
    restsOn: ['triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/sql-createtrigger.html'],
  },
  visit: {
    trigger(trigger, { graph, report }) {
      const relation = graph.find(trigger.relation);
      if (relation?.kind !== 'table' || relation.partitionOf !== null) return;
      const twin = twinTrigger(graph, trigger);
      if (twin === undefined) return;
      const { kept, function: called, other, copies, doubled } = twin;
      const events = trigger.events.map((each) => each.toUpperCase());
      report({
        entity: trigger,
        message: 'twice',
        data: {
          trigger: quoteIdentifier(trigger.name),
          other: quoteIdentifier(kept.name),
          function:
            other.id === called.id
              ? `${brief(called.name)}()`
              : `${brief(other.name)}(), or ${brief(called.name)}(), which does the same,`,
          when: `${trigger.timing === 'before' ? 'before' : 'after'} ${trigger.level === 'row' ? 'each' : 'an'} ${orList(events)}`,
          table: brief(relation.name),
          doubled: doubledText(graph, doubled, copies === 2 ? 'twice' : `${copies} times`),
        },
        ...(doubled === undefined ? {} : { severity: doubled.deed === 'counts' ? 'high' : 'medium' }),
        related: kept.origin.from === 'statement' ? [{ note: 'the same trigger', at: kept.origin.at }] : [],
        fix: {
          title: 'Drop the second trigger',
          safety: 'review',
          sql: sql`drop trigger ${trigger.name} on ${relation.name};`,
        },
      });
    },
  },
});

function doubledText(graph: SchemaGraph, doubled: TwinTrigger['doubled'], times: string): string {
  const { relation, sets } = doubled?.write.write ?? { relation: null, sets: [] };
  if (doubled === undefined || relation === null) return '';
  const table = relationName(graph, relation);
  if (doubled.deed === 'adds') return `, and what it adds to ${table} stands there ${times}`;
  const columns = sets.filter(({ readsOwnRow }) => readsOwnRow).map(({ name }) => quoteIdentifier(name));
  return `, and ${andList(columns, 3)} of ${table} ${columns.length === 1 ? 'goes' : 'go'} up or down ${times} for one row`;
}
