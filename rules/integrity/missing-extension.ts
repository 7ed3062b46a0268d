import { defineRule, fileName, quoteIdentifier } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'missing-extension',
    category: 'integrity',
    severity: 'critical',
    summary:
      'A statement uses something of an extension that no earlier statement installs, and the platform does not either.',
    why: 'On a database where nobody installed the extension by hand, the statement fails, and the migration with it: no new environment, no preview branch, no test database can be built from these files.',
    remedy:
      'Create the extension in a migration before its first use: create extension if not exists NAME (on Supabase: with schema extensions). What was clicked together in a dashboard is in no file. For random UUIDs no extension is needed: gen_random_uuid() is a function of the server.',
    scope: [
      'Each extension is reported once.',
      'Low, but on Supabase, where a program or SQL file of the package around the migrations (its package.json, go.mod …) installs the extension: what runs the migrations does so first.',
    ],
    messages: {
      missing: '{{file}} needs {{needed}} of the extension {{extension}}, which nothing in the history installs.',
      beside:
        '{{file}} needs {{needed}} of the extension {{extension}}, which no migration installs: {{other}} does, which is why this is low. Where that has not run, the statement fails.',
      later: '{{file}} needs {{needed}} of the extension {{extension}}, which {{other}} installs only later.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://www.postgresql.org/docs/current/sql-createextension.html'],
  },
  visit: {
    change(change, { journal, settings, report }) {
      if (change.type !== 'failed' || change.problem.type !== 'missingExtension') return;
      const { extension, needed, at } = change.problem;
      const about = { object: { kind: 'extension', name: quoteIdentifier(extension) }, at };
      const data = { extension: quoteIdentifier(extension), needed, file: fileName(at) };
      const made = journal
        .slice(journal.indexOf(change))
        .find((each) => each.type === 'created' && each.after.kind === 'extension' && each.after.name === extension);
      if (made?.type === 'created') {
        const related = [{ note: 'installed here', at: made.by.at }];
        report({ ...about, message: 'later', data: { ...data, other: fileName(made.by.at) }, related });
        return;
      }
      const beside = settings.installedBeside.get(extension);
      if (beside === undefined) report({ ...about, message: 'missing', data });
      else report({ ...about, message: 'beside', severity: 'low', data: { ...data, other: beside } });
    },
  },
});
