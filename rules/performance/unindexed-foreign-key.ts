import {
  brief,
  defineRule,
  estimatedRows,
  grouped,
  indexServing,
  quoteIdentifier,
  rowOf,
  sql,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'unindexed-foreign-key',
    category: 'performance',
    severity: 'medium',
    summary: 'No index serves the look-up by the columns of a foreign key.',
    why: 'Each time a referenced row is deleted, or its key changed, Postgres looks for the rows that refer to it. Without an index it reads the whole table for that, once for every referenced row, and holds locks meanwhile. Joins from the parent pay as well.',
    remedy:
      'Create an index whose leading columns are those of the key, in any order. A partial index serves only if its condition follows from the columns being not null.',
    messages: {
      cascade:
        'Deleting {{parent}} scans all of {{child}} for the rows that go with it: no index serves the foreign key on ({{columns}}).',
      large:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}, about {{rows}} rows now: no index serves the foreign key on ({{columns}}).',
      plain:
        'Deleting {{parent}}, or changing its key, scans all of {{child}}: no index serves the foreign key on ({{columns}}).',
    },
    restsOn: ['constraints', 'indexes'],
    equivalents: ['splinter:0001'],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
    optionDocs: { rows: 'With so many rows in the referencing table, it is high whatever happens to them.' },
  },
  defaults: { rows: 100_000 },
  visit: {
    foreignKey(key, { graph, options, report }) {
      const table = graph.get('table', key.table);
      if (table.isAssumed || key.parent !== null || !key.isEnforced) return;
      if (indexServing(graph, key.table, key.columns) !== undefined || hasTwinBefore()) return;
      const columns = graph.columnNames(key.columns);
      const about = {
        entity: key,
        data: {
          parent: rowOf(brief(graph.get('table', key.referencedTable).name)),
          child: brief(table.name),
          columns: columns.map(quoteIdentifier).join(', '),
        },
        fix: {
          title: 'Index the columns of the key (writes to the table wait while the index is built)',
          safety: 'review',
          sql: sql`create index on ${table.name} (${columns});`,
        },
      } as const;
      const rows = estimatedRows(graph, key.table) ?? 0;
      if (key.onDelete === 'cascade') report({ ...about, message: 'cascade', severity: 'high' });
      else if (rows >= options.rows) {
        const data = { ...about.data, rows: grouped(rows, ' ') };
        report({ ...about, message: 'large', data, severity: 'high' });
      } else report({ ...about, message: 'plain' });

      /** One index would serve both: it is missing once. */
      function hasTwinBefore(): boolean {
        const earlier = graph.ownedBy(key.table, 'foreignKey').filter((each) => each.id < key.id && each.isEnforced);
        return earlier.some(
          (each) => each.columns.length === key.columns.length && key.columns.every((id) => each.columns.includes(id)),
        );
      }
    },
  },
});
