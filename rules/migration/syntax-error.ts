import { defineRule, fileName, groupedBy } from '../../src/rule/index.ts';

/** Statements of PL/pgSQL that SQL does not have, by their first words. */
const PLPGSQL = /at or near "(?:raise|perform|if|elsif|else|return|loop|for|foreach|while|exit|continue|exception)"$/i;

export default defineRule({
  meta: {
    id: 'syntax-error',
    category: 'migration',
    severity: 'critical',
    summary: "Postgres' grammar does not accept a statement.",
    why: 'The statement fails, and with it the migration: what stands before it in the file is rolled back, what stands behind it never runs. The statements around it are read as far as they can be told apart: behind a quote that is opened or closed by mistake, some may have been taken for text.',
    remedy: 'Correct the statement at the place shown.',
    scope: ['A file is told of once, at its first such statement: one mistake often makes the next ones.'],
    messages: {
      rejected: 'Postgres cannot read this statement of {{file}}{{others}}: {{error}}.',
      body: 'Postgres refuses this function of {{file}}, as it cannot read the body: {{error}}.',
      plpgsql:
        'Postgres cannot read this statement of {{file}}{{others}}: {{error}}. That is PL/pgSQL, which runs only in a function or in DO $$ BEGIN … END $$.',
    },
    needs: ['history'],
    restsOn: [],
    equivalents: ['squawk:syntax-error'],
    references: ['https://www.postgresql.org/docs/current/sql-syntax.html'],
  },
  visit: {
    graph(_, { journal, report }) {
      for (const change of journal) {
        if (change.type !== 'failed' || change.problem.type !== 'refused' || change.problem.isSyntax !== true) continue;
        const { at, message } = change.problem;
        report({
          object: { kind: 'migration', name: change.by.migration.file },
          at,
          message: 'body',
          data: { file: fileName(at), error: message },
          discriminator: message,
        });
      }
      const all = journal.filter((each) => each.type === 'rejected');
      for (const [first, ...more] of groupedBy(all, (each) => each.at.file).values()) {
        if (first === undefined) continue;
        const isSame = more.every(({ message }) => message === first.message);
        const others = more.length === 0 ? '' : `, nor ${more.length} more${isSame ? ' for the same reason' : ''}`;
        const data = { file: fileName(first.at), others, error: first.message.replace(/\.$/, '') };
        const isPlpgsql = PLPGSQL.test(data.error) && first.errorAt.start === first.at.start;
        const about = {
          object: { kind: 'migration', name: first.migration.file },
          at: first.errorAt,
          data,
          related: more.map(({ message, errorAt }) => ({
            note: message === first.message ? 'the same' : message,
            at: errorAt,
          })),
          discriminator: first.message,
        } as const;
        if (isPlpgsql) report({ ...about, message: 'plpgsql' });
        else report({ ...about, message: 'rejected' });
      }
    },
  },
});
