import { defineRule, fileName } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'syntax-error',
    category: 'migration',
    severity: 'critical',
    summary: "Postgres' grammar does not accept a statement.",
    why: 'The statement fails, and with it the migration: what stands before it in the file is rolled back, what stands behind it never runs. The statements around it were read all the same.',
    remedy: 'Correct the statement at the place shown.',
    messages: { rejected: 'Postgres cannot read this statement of {{file}}: {{error}}.' },
    needs: ['history'],
    restsOn: [],
    equivalents: ['squawk:syntax-error'],
    references: ['https://www.postgresql.org/docs/current/sql-syntax.html'],
  },
  visit: {
    change(change, { report }) {
      if (change.type !== 'rejected') return;
      report({
        object: { kind: 'migration', name: change.migration.file },
        at: change.errorAt,
        message: 'rejected',
        data: { file: fileName(change.at), error: change.message.replace(/\.$/, '') },
        discriminator: change.message,
      });
    },
  },
});
