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
    scope: ['Each extension is reported once.'],
    messages: {
      missing: '{{file}} needs {{needed}} of the extension {{extension}}, which nothing in the history installs.',
      later: '{{file}} needs {{needed}} of the extension {{extension}}, which {{other}} installs only later.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://www.postgresql.org/docs/current/sql-createextension.html'],
  },
  visit: {
    change(change, { journal, report }) {
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
      } else report({ ...about, message: 'missing', data });
    },
  },
});
