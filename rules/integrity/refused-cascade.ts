import {
  andList,
  brief,
  defineRule,
  type EntityOf,
  type Fix,
  quoteIdentifier,
  type RefusedCascade,
  refusedCascades,
  rowOf,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'refused-cascade',
    category: 'integrity',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'A trigger keeps a row from being deleted, and so the row that takes it along.',
    why: 'ON DELETE CASCADE deletes the rows below one by one, and their BEFORE DELETE triggers run as for any other DELETE. One that raises an error for the row which each parent has (its default, its owner) makes deleting the parent fail with P0001, for everybody, the service and cascades from above included.',
    remedy:
      'Have the trigger look whether the parent is still there, or run only for a DELETE of its own: WHEN (pg_trigger_depth() = 0), as a cascade runs inside a trigger of the foreign key. Not reported: triggers that look at more than the deleted row, and tables that refuse each DELETE.',
    messages: {
      refused:
        'Deleting {{parents}} fails while it has {{row}} for which {{condition}}: ON DELETE CASCADE is to take that along, and the trigger {{trigger}} raises an error.',
    },
    restsOn: ['constraints', 'triggers', 'functions'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    table(table, { graph, report }) {
      for (const refused of refusedCascades(graph, table)) {
        const { trigger, keys, condition } = refused;
        const parents = new Set(keys.map((each) => rowOf(brief(graph.get('table', each.referencedTable).name))));
        report({
          entity: trigger,
          message: 'refused',
          data: {
            parents: andList([...parents]).replace(/ and (?=[^,]*$)/, ' or '),
            row: rowOf(brief(table.name)),
            condition,
            trigger: quoteIdentifier(trigger.name),
          },
          related: keys.flatMap(({ name, origin }) =>
            origin.from === 'statement' ? [{ note: `the key ${quoteIdentifier(name)}`, at: origin.at }] : [],
          ),
          fix: () => fixFor(table, refused),
        });
      }
    },
  },
});

function fixFor(table: EntityOf<'table'>, { trigger, function: called }: RefusedCascade): Fix | undefined {
  if (trigger.events.length > 1 || trigger.arguments.length > 0) return undefined;
  return {
    title: 'Let the row go where something above it is deleted (or another trigger deletes it)',
    safety: 'review',
    sql: sql`create or replace trigger ${trigger.name} before delete on ${table.name}
  for each row when (pg_trigger_depth() = 0) execute function ${called.name}();`,
  };
}
