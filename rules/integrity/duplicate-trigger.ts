import {
  andList,
  brief,
  type DoubledStep,
  defineRule,
  doubledSteps,
  type EntityOf,
  type Fix,
  orList,
  quoteIdentifier,
  relatedAt,
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
      'Drop the later one, and name a trigger the same in all files (CREATE OR REPLACE TRIGGER, Postgres 14). What was counted or logged twice already stays so: correct it in the same migration.',
    scope: [
      'High where the function counts (n = n + 1), medium where it adds rows to a table, low where the second run only costs time.',
      'Triggers with two functions are told of where both certainly add the same number to the same column of the row that a new row refers to, as they do where a later migration repairs a counter under new names: the older can go.',
      'Not reported: triggers for different events, columns, conditions or arguments.',
    ],
    messages: {
      counted:
        'Each new {{table}} row moves {{column}} by {{step}} twice: the triggers {{spare}} and {{kept}} both do that, each by a function of its own.',
      countedByRights:
        'A new {{table}} row moves {{column}} by {{step}} twice where row security lets its writer change {{parent}} rows, and once elsewhere: the trigger {{kept}} does that with the rights of its owner, and {{spare}} with those of the writer.',
      twice: 'The trigger {{trigger}} is {{other}} once more: both run {{function}} {{when}} of {{table}}{{doubled}}.',
    },
    restsOn: ['triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/sql-createtrigger.html'],
  },
  visit: {
    table(table, { graph, report }) {
      if (table.partitionOf !== null) return;
      for (const doubled of doubledSteps(graph, table)) {
        const { column, parent, step, spare, kept, held } = doubled;
        const about = {
          entity: spare.trigger,
          data: {
            table: brief(table.name),
            column: `${brief(parent.name)}.${quoteIdentifier(column.name)}`,
            step,
            parent: brief(parent.name),
            spare: quoteIdentifier(spare.trigger.name),
            kept: quoteIdentifier(kept.trigger.name),
          },
          severity: 'high' as const,
          related: relatedAt(kept.trigger, `${quoteIdentifier(kept.trigger.name)} does it too`),
          fix: () => fixFor(table, doubled),
        };
        if (held === undefined) report({ ...about, message: 'counted' });
        else report({ ...about, message: 'countedByRights' });
      }
    },
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
        related: relatedAt(kept, 'the same trigger'),
        fix: {
          title: 'Drop the second trigger',
          safety: 'review',
          sql: sql`drop trigger ${trigger.name} on ${relation.name};`,
        },
      });
    },
  },
});

/** Nothing else is lost, and what it does at other events the other does, too. */
function fixFor(table: EntityOf<'table'>, { spare, kept }: DoubledStep): Fix | undefined {
  const isCovered = spare.trigger.events.every((each) => kept.trigger.events.includes(each));
  if (!spare.isAll || !isCovered) return undefined;
  return {
    title: `Count by ${quoteIdentifier(kept.trigger.name)} alone (what was counted twice stays so: count it anew)`,
    safety: 'review',
    sql: sql`drop trigger ${spare.trigger.name} on ${table.name};`,
  };
}

function doubledText(graph: SchemaGraph, doubled: TwinTrigger['doubled'], times: string): string {
  const { relation, sets } = doubled?.write.write ?? { relation: null, sets: [] };
  if (doubled === undefined || relation === null) return '';
  const table = relationName(graph, relation);
  if (doubled.deed === 'adds') return `, and what it adds to ${table} stands there ${times}`;
  const columns = sets.filter(({ readsOwnRow }) => readsOwnRow).map(({ name }) => quoteIdentifier(name));
  return `, and ${andList(columns, 3)} of ${table} ${columns.length === 1 ? 'goes' : 'go'} up or down ${times} for one row`;
}
