import {
  brief,
  defineRule,
  type EntityOf,
  isShown,
  quoteIdentifier,
  relatedAt,
  rowOf,
  sql,
  twinKey,
} from '../../src/rule/index.ts';

type ForeignKey = EntityOf<'foreignKey'>;

export default defineRule({
  meta: {
    id: 'duplicate-foreign-key',
    category: 'integrity',
    severity: 'medium',
    summary: 'Two foreign keys of a table are the same but for their names or actions.',
    why: 'ADD CONSTRAINT under a second name does not replace the first, and Postgres checks every write against both. Where their actions differ, the one that was made first has its way: CASCADE behind NO ACTION never comes to pass, and in a restored dump, which makes them by name, it may. Changing the action of one alone changes nothing. PostgREST, which embeds rows by foreign keys, does not know which of the two is meant.',
    remedy:
      'Drop the one that does not say what is to happen. Before that, look for queries that name it (orders!fk_name).',
    scope: [
      'No fix where both say something and not the same: only you know which is meant.',
      'Low where both say the same and the API does not serve the two tables.',
      'Keys that wait for the end of the transaction (DEFERRABLE) are not compared.',
    ],
    messages: {
      same: 'The foreign key {{key}} is {{other}} once more: both let {{columns}} of {{table}} refer to {{parent}}, and every write is checked twice.',
      embedded:
        'The foreign key {{key}} is {{other}} once more: both let {{columns}} of {{table}} refer to {{parent}}, and a query through the API that embeds the one table in the other fails (PGRST201) unless it names one of the two.',
      differ:
        'The foreign keys {{key}} ({{action}}) and {{other}} ({{otherAction}}) both let {{columns}} of {{table}} refer to {{parent}}: what {{change}} {{row}} does to these rows is decided by which of the two was made first, and to change one alone may change nothing.',
    },
    restsOn: ['constraints'],
    references: [
      'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
      'https://docs.postgrest.org/en/stable/references/api/resource_embedding.html#foreign-key-joins-on-multiple-foreign-key-relationships',
    ],
  },
  visit: {
    foreignKey(key, { graph, settings, report }) {
      const twin = isShown(key, graph) ? twinKey(graph, key) : undefined;
      if (twin === undefined) return;
      const { kept, differsOn, isOpen } = twin;
      const table = graph.get('table', key.table);
      const parent = graph.get('table', key.referencedTable);
      const names = {
        key: quoteIdentifier(key.name),
        other: quoteIdentifier(kept.name),
        columns: graph.columnsText(key.columns),
        table: brief(table.name),
        parent: brief(parent.name),
      };
      const about = {
        entity: key,
        related: relatedAt(kept, 'the same key'),
        ...(isOpen
          ? {}
          : {
              fix: {
                title:
                  differsOn === undefined
                    ? 'Drop the second key'
                    : `Drop the key that says nothing, so that ${actionOf(kept, differsOn)} comes to pass`,
                safety: 'review',
                sql: sql`alter table ${table.name} drop constraint ${key.name};`,
              } as const,
            }),
      };
      if (differsOn !== undefined) {
        const change = differsOn === 'delete' ? 'deleting' : 'giving another key to';
        const actions = { action: actionOf(key, differsOn), otherAction: actionOf(kept, differsOn) };
        const row = rowOf(brief(parent.name));
        report({ ...about, message: 'differ', data: { ...names, ...actions, change, row } });
      } else if ([table, parent].every(({ name }) => settings.exposedSchemas.includes(name.schema)))
        report({ ...about, message: 'embedded', data: names });
      else report({ ...about, message: 'same', data: names, severity: 'low' });
    },
  },
});

function actionOf(key: ForeignKey, change: 'delete' | 'update'): string {
  return `ON ${change.toUpperCase()} ${(change === 'delete' ? key.onDelete : key.onUpdate).toUpperCase()}`;
}
