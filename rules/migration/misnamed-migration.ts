import {
  addTo,
  andList,
  bornIn,
  type Change,
  counted,
  defineRule,
  fileName,
  firstNeed,
  type Migration,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'misnamed-migration',
    category: 'migration',
    severity: 'medium',
    summary:
      'The migration tool skips a file because of its name or its time, or runs it in another order than its number says.',
    why: 'The file lies among the migrations and looks applied, but no database gets it; or a later file runs first, and needs what is not there yet. Where no applied file needs what it makes, nobody sees an error.',
    remedy:
      'Rename the file as the tool wants it, with a version that sorts where it belongs: timestamps, or numbers with leading zeros. If it is no migration (a query collection, test data), move it to another folder. Where most files are newer than the end of drizzle’s journal and change what it lists, all are read: generate them anew with drizzle-kit, or take the journal away. What drizzle passes over for its time wants a new file at the end that also runs where it has run (IF NOT EXISTS).',
    scope: [
      'Files that undo a migration are not counted.',
      'Of the files of drizzle, one that its journal dates more than a day before one in front of it: within a day they mostly went out together. A runner of your own that goes by the hashes of what has run gets it, and is not seen here; what a later file makes again (IF NOT EXISTS) is not reported.',
    ],
    messages: {
      skipped: '{{file}} is not applied: {{reason}}.',
      several: '{{file}} and {{count}} ({{others}}) are not applied: {{reason}}.',
      needed:
        '{{files}} not applied: {{reason}}. A new database cannot be built: {{needing}} needs the {{kind}} {{object}}, which only {{maker}} makes.',
      unlisted:
        '{{file}} and {{count}} ({{others}}) are run by something else than drizzle-kit migrate, whose {{reason}}: a database that it builds stops there. As they carry on its numbers and change its tables, they were read as well.',
      overtaken:
        '{{files}} a database that has run {{other}}: meta/_journal.json gives {{it}} an earlier time, and drizzle’s migrate() runs only what is later than the latest that it has run, without a word. A new database gets {{it}}.',
      order: '{{file}} runs before {{other}}: {{tool}} sorts the names as text, not by their numbers.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://supabase.com/docs/guides/deployment/database-migrations'],
  },
  visit: {
    graph(graph, { migrations, journal, settings, report }) {
      // One way to name files, one finding: at the first of them.
      for (const [reason, [first, ...others]] of notApplied(migrations)) {
        if (first === undefined) continue;
        const about = { object: { kind: 'migration', name: first.file }, at: first.at };
        const file = fileName(first.at);
        const need = firstNeed(journal, new Set([first, ...others]));
        const names = others.map((each) => fileName(each.at));
        const count = counted(others.length, 'more file');
        const why = others.length === 0 ? reason : reason.replace(/ it$/, ' them');
        const related = others.map((each) => ({ note: 'not applied either', at: each.at }));
        if (need !== undefined) {
          const { by, made, in: maker } = need;
          report({
            ...about,
            message: 'needed',
            severity: 'critical',
            data: {
              files: others.length === 0 ? `${file} is` : `${file} and ${count} (${andList(names, SHOWN)}) are`,
              reason: why,
              needing: fileName(by.at),
              kind: made.kind === 'materializedView' ? 'view' : made.kind,
              object: graph.path(made),
              maker: fileName(maker.at),
            },
            related: [{ note: 'needs it', at: by.at }, ...related],
          });
        } else if (first.skipped === null && UNLISTED.test(reason)) {
          report({ ...about, message: 'unlisted', data: { file, reason, count, others: andList(names, SHOWN) } });
        } else if (others.length === 0) report({ ...about, message: 'skipped', data: { file, reason } });
        else {
          const data = { file, reason: why, count, others: andList(names, SHOWN) };
          report({ ...about, message: 'several', data, related });
        }
      }
      const [passed, ...more] = neverRun(migrations, journal);
      if (passed?.overtakenBy !== undefined) {
        const names = [passed, ...more].map((each) => fileName(each.at));
        const isOne = more.length === 0;
        report({
          object: { kind: 'migration', name: passed.file },
          at: passed.at,
          message: 'overtaken',
          data: {
            files: `${andList(names, SHOWN)} ${isOne ? 'never reaches' : 'never reach'}`,
            other: passed.overtakenBy,
            it: isOne ? 'it' : 'them',
          },
          related: more.map((each) => ({ note: 'does not reach it either', at: each.at })),
        });
      }
      const tool = SORTED_AS_TEXT.get(settings.migrationTool);
      const overtaken = tool === undefined ? undefined : firstOvertaken(migrations);
      if (tool === undefined || overtaken === undefined) return;
      // Once for a history: one new name would not do.
      const [early, late] = overtaken;
      report({
        object: { kind: 'migration', name: early.file },
        at: early.at,
        message: 'order',
        data: { file: fileName(early.at), other: fileName(late.at), tool },
        related: [{ note: 'runs after it', at: late.at }],
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

/** What databases pass over for its time, unless a later file makes again what it makes: then somebody has seen that it is not there. */
function neverRun(migrations: readonly Migration[], journal: readonly Change[]): readonly Migration[] {
  const madeAgain = new Set(
    journal.flatMap((each) => (each.type === 'skipped' ? (bornIn(journal, each.existing.id)?.index ?? []) : [])),
  );
  return migrations.filter((each) => each.overtakenBy !== undefined && !madeAgain.has(each.index));
}

/** Of files that were read all the same. */
const UNLISTED = /^meta\/_journal\.json lists only/;

const SKIPPED_BY_NAME = /runs only files named|skips an _init\.sql|does not list it/;

/** The first migration after which one of a smaller number runs, and the first of these. */
function firstOvertaken(migrations: readonly Migration[]): readonly [Migration, Migration] | undefined {
  const numbered = migrations.filter((each) => numberOf(each) !== null);
  let early: Migration | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const each of numbered.toReversed()) {
    const number = numberOf(each) ?? 0;
    if (least < number) early = each;
    least = Math.min(least, number);
  }
  if (early === undefined) return undefined;
  const { index } = early;
  const number = numberOf(early) ?? 0;
  const late = numbered.find((each) => each.index > index && (numberOf(each) ?? 0) < number);
  return late && [early, late];
}

/** The number by which a migration that runs is known; dates, whose precision differs, are not compared. */
function numberOf({ version, skipped }: Migration): number | null {
  return skipped === null && version !== null && /^\d{1,5}$/.test(version) ? Number(version) : null;
}

/** The files that are not applied, by the reason. */
function notApplied(migrations: readonly Migration[]): ReadonlyMap<string, readonly Migration[]> {
  const groups = new Map<string, Migration[]>();
  for (const migration of migrations) {
    const reason = whyNotApplied(migration);
    if (reason !== null) addTo(groups, reason, migration);
  }
  return groups;
}
