import { defineRule, fileName, lateBeginning } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'foreign-key-target-missing',
    category: 'integrity',
    severity: 'critical',
    summary: 'A foreign key refers to a table or column that does not exist in this database at that point.',
    why: 'Postgres refuses the statement, and the table or column it was to make is missing as well. A foreign key can only refer to a table of the same database: rows in another one (another service, another tier) it cannot see, and no setting changes that.',
    remedy:
      'Create the target in an earlier migration, or correct the name. If the target lives in another database, keep the column without a key, write into its comment what it names, and let the code that writes it check the value and clean up after deletes.',
    scope: [
      'Each missing target is reported once, or by unknown-object where five or more objects are missing that no file creates.',
    ],
    messages: {
      unknown:
        '{{key}} refers to the {{kind}} {{name}}, which nothing in this history creates: {{file}} fails here, and what it makes is never there.',
      dropped: '{{key}} refers to the {{kind}} {{name}}, which {{other}} dropped: {{file}} fails here.',
      renamed: '{{key}} refers to the {{kind}} {{name}}, which {{other}} renamed to {{newName}}: {{file}} fails here.',
      later:
        '{{key}} refers to the {{kind}} {{name}}, which {{other}} creates only later: {{file}} fails on an empty database.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK'],
  },
  visit: {
    change(change, { graph, journal, report }) {
      if (change.type !== 'failed' || change.problem.type !== 'unknownObject') return;
      const { objectKind: kind, name, at, gone, createdLater, referredToBy: key } = change.problem;
      if (key === undefined || change.problem.again) return;
      if (lateBeginning(graph, journal)?.unmade.some(({ problem }) => problem === change.problem)) return;
      const about = { object: { kind, name }, at };
      const data = { key, kind, name, file: fileName(at) };
      if (gone !== undefined && 'by' in gone) {
        const moved = { ...about, related: [{ note: 'gone since here', at: gone.by.at }] };
        const other = fileName(gone.by.at);
        if (gone.type === 'altered')
          report({ ...moved, message: 'renamed', data: { ...data, other, newName: graph.path(gone.after) } });
        else report({ ...moved, message: 'dropped', data: { ...data, other } });
      } else if (createdLater !== undefined) {
        const related = [{ note: 'created here', at: createdLater }];
        report({ ...about, message: 'later', data: { ...data, other: fileName(createdLater) }, related });
      } else report({ ...about, message: 'unknown', data });
    },
  },
});
