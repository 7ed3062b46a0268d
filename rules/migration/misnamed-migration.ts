import { andList, counted, defineRule, fileName, type Migration } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'misnamed-migration',
    category: 'migration',
    severity: 'medium',
    summary: 'The migration tool skips a file because of its name, or runs it in another order than its number says.',
    why: 'The file lies among the migrations and looks applied, but no database gets it; or a later file runs first, and needs what is not there yet. Nobody sees an error.',
    remedy:
      'Rename the file as the tool wants it, with a version that sorts where it belongs: timestamps, or numbers with leading zeros. If it is no migration (a query collection, test data), move it to another folder. Files that undo a migration are not counted.',
    messages: {
      skipped: '{{file}} is not applied: {{reason}}.',
      several: '{{file}} and {{count}} ({{others}}) are not applied: {{reason}}.',
      order: '{{file}} runs before {{other}}: {{tool}} sorts the names as text, not by their numbers.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://supabase.com/docs/guides/deployment/database-migrations'],
  },
  visit: {
    migration(migration, { migrations, settings, report }) {
      const about = { object: { kind: 'migration', name: migration.file }, at: migration.at };
      const file = fileName(migration.at);
      const reason = whyNotApplied(migration);
      const others = migrations.filter(
        (each) => each !== migration && reason !== null && whyNotApplied(each) === reason,
      );
      if (reason !== null && others.length === 0) report({ ...about, message: 'skipped', data: { file, reason } });
      // One way to name files, one finding: at the first of them.
      if (reason !== null && others.length > 0 && others.every((each) => each.index > migration.index))
        report({
          ...about,
          message: 'several',
          data: {
            file,
            reason,
            count: counted(others.length, 'more file'),
            others: andList(
              others.map((each) => fileName(each.at)),
              SHOWN,
            ),
          },
          related: others.map((each) => ({ note: 'not applied either', at: each.at })),
        });
      const tool = SORTED_AS_TEXT.get(settings.migrationTool);
      if (tool === undefined) return;
      const overtakenBy = (early: Migration) => migrations.find((late) => isOvertaken(late, early));
      const before = overtakenBy(migration);
      // Once for a history: one new name would not do.
      if (before === undefined || migrations.slice(0, migration.index).some((each) => overtakenBy(each) !== undefined))
        return;
      report({
        ...about,
        message: 'order',
        data: { file, other: fileName(before.at), tool },
        related: [{ note: 'runs after it', at: before.at }],
      });
    },
  },
});

const SORTED_AS_TEXT: ReadonlyMap<string, string> = new Map([
  ['supabase', 'the Supabase CLI'],
  ['prisma', 'Prisma'],
  ['diesel or Hasura', 'the migration tool'],
]);

const SHOWN = 4;

function whyNotApplied(migration: Migration): string | null {
  return migration.misnamed ?? (isMeantToRun(migration) ? migration.skipped : null);
}

/** Passed over by its name alone. What lies in a sub-folder was put aside, and what undoes a migration is to be passed over. */
function isMeantToRun({ skipped, name }: Migration): boolean {
  return (
    skipped !== null &&
    SKIPPED_BY_NAME.test(skipped) &&
    !/(?:^|[._-])(?:down|rollback|undo|revert)s?$|^[UB][\d._]*__/i.test(name)
  );
}

const SKIPPED_BY_NAME = /runs only files named|skips an _init\.sql|does not list it/;

/** Does `late` run after `early` although its number is smaller? Dates of different precision are not compared. */
function isOvertaken(late: Migration, early: Migration): boolean {
  const [a, b] = [late.version, early.version];
  if (a === null || b === null || late.index <= early.index || late.skipped !== null || early.skipped !== null)
    return false;
  return /^\d{1,5}$/.test(a) && /^\d{1,5}$/.test(b) && Number(a) < Number(b);
}
