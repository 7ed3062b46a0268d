import {
  andList,
  brief,
  counted,
  defineRule,
  fileName,
  groupedBy,
  type Migration,
  tableOfRecordedFiles,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'duplicate-migration-version',
    category: 'migration',
    severity: 'critical',
    summary: 'Two migration files have the same version.',
    why: 'The tool knows a migration by its version, which is a key of its history table: of two files with one version the second fails or counts as applied and never runs, and which is the second may differ from one machine to the next.',
    remedy:
      'Give one of the files a version of its own. Where it was applied already, rename it and mark the new version as applied (supabase migration repair). What undoes a migration, or only tries it out, belongs in a folder of its own.',
    scope: [
      'Folders whose tool is not known are reported only if their files are named as *.up.sql and none of the migrations is a program.',
      'Files that by their names undo or try out the migration beside them (x.rollback.sql beside x.sql), which the Supabase CLI would run as well, are one finding, and are not replayed.',
      'Where the history itself notes the names of its files in a table, something else runs them, and it is one low finding; medium where three or more versions are there twice and ten or more files follow, which the tool would not have got to.',
    ],
    messages: {
      twice: '{{file}} has the version {{version}}, and so {{have}} {{others}}: {{tool}} can record only one of them.',
      scheme:
        '{{files}} have the version of another file, {{file}} ({{version}}) first: {{versions}} are given to several, as the digits before the first underscore do not tell the files apart. {{tool}} can record only one of each.{{since}}',
      beside:
        '{{files}} not replayed: {{reason}}, by its name. The Supabase CLI runs every file named <digits>_<name>.sql, though: {{early}}, then {{late}}, and it can record only one of them as {{version}}.{{since}}',
      recorded:
        'Several files have the same version, in {{versions}}. The history notes in {{record}} which files have run, by their names, so all of them can run by whatever does so; {{tool}} could record only one of each.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://supabase.com/docs/guides/deployment/database-migrations'],
  },
  visit: {
    graph(graph, { migrations, statements, settings, report }) {
      const groups = [...byVersion(migrations)].flatMap(([first, second, ...rest]) => {
        if (first === undefined || second === undefined) return [];
        const isOfUpFiles = isUpFile(second) && !hasPrograms(migrations);
        const tool = VERSIONED.get(settings.migrationTool) ?? (isOfUpFiles ? 'the migration tool' : undefined);
        return tool === undefined ? [] : [{ second, others: [first, ...rest], tool }];
      });
      const record = groups.length === 0 ? undefined : tableOfRecordedFiles(graph, migrations, statements);
      if (record !== undefined) tellOnce(groups, brief(record.name));
      else if (groups.length >= SCHEME) tellScheme(groups);
      // Once for all files of a version: at the second, which is the one too many.
      else for (const group of groups) tellTwice(group);
      for (const [reason, [first, ...more]] of besideOthers(migrations))
        if (first !== undefined) tellBeside(reason, first, more);

      function followers({ index }: Migration): number {
        return migrations.filter((each) => counts(each) && each.index > index).length;
      }

      function tellTwice({ second, others, tool }: Group): void {
        report({
          object: { kind: 'migration', name: second.file },
          at: second.at,
          message: 'twice',
          data: {
            file: fileName(second.at),
            version: second.version ?? '',
            have: others.length === 1 ? 'has' : 'have',
            others: andList(
              others.map((each) => fileName(each.at)),
              4,
            ),
            tool,
          },
          related: others.map((each) => ({ note: 'the same version', at: each.at })),
        });
      }

      function tellScheme([first, ...more]: readonly Group[]): void {
        if (first === undefined) return;
        const all = [first, ...more];
        const extra = all.flatMap(({ second, others: [, ...rest] }) => [second, ...rest]);
        report({
          object: { kind: 'migration', name: first.second.file },
          at: first.second.at,
          message: 'scheme',
          data: {
            files: counted(extra.length, 'file'),
            file: fileName(first.second.at),
            version: first.second.version ?? '',
            versions: counted(all.length, 'version'),
            tool: first.tool.charAt(0).toUpperCase() + first.tool.slice(1),
            since: sinceText(followers(first.second)),
          },
          ...weightOf(followers(first.second)),
          related: extra.slice(1).map((each) => ({ note: `another of ${each.version}`, at: each.at })),
        });
      }

      function tellBeside(reason: string, first: Migration, more: readonly Migration[]): void {
        const twin = migrations.find((each) => counts(each) && isBeside(each, first));
        if (twin === undefined) return;
        const [early, late] = first.index < twin.index ? [first, twin] : [twin, first];
        const isHabit = more.length + 1 >= SCHEME;
        const count = isHabit ? followers(first) : 0;
        const weight = record === undefined ? weightOf(count) : { severity: 'low' as const };
        report({
          object: { kind: 'migration', name: twin.file },
          at: twin.at,
          message: 'beside',
          data: {
            files: more.length === 0 ? `${fileName(first.at)} was` : `${counted(more.length + 1, 'file')} were`,
            reason: more.length === 0 ? reason : reason.replace(/^it/, 'each'),
            early: fileName(early.at),
            late: fileName(late.at),
            version: first.version ?? '',
            since: sinceText(count),
          },
          ...weight,
          related: [first, ...more].map((each) => ({ note: 'was not replayed', at: each.at })),
        });
      }

      function tellOnce([first, ...more]: readonly Group[], record: string): void {
        if (first === undefined) return;
        report({
          object: { kind: 'migration', name: first.second.file },
          at: first.second.at,
          message: 'recorded',
          data: { versions: counted(more.length + 1, 'version'), record, tool: first.tool },
          severity: 'low',
          related: more.map(({ second }) => ({ note: 'a version that was there', at: second.at })),
        });
      }
    },
  },
});

/** A history that went on for so many files past several that the tool refuses is run by something else. */
const FOLLOWED = 10;

function weightOf(followers: number): { readonly severity?: 'medium'; readonly confidence?: 'likely' } {
  return followers < FOLLOWED ? {} : { severity: 'medium', confidence: 'likely' };
}

function sinceText(followers: number): string {
  if (followers < FOLLOWED) return '';
  return ` ${followers} files follow all the same, so that something else seems to run them, which is why this is medium.`;
}

/** The files that were left out for what they do with a migration of their own version, by what that is. */
function besideOthers(migrations: readonly Migration[]): ReadonlyMap<string, readonly Migration[]> {
  return groupedBy(
    migrations.filter(({ skipped }) => skipped !== null && BESIDE.test(skipped)),
    ({ skipped }) => skipped ?? '',
  );
}

/** Are they of one version and one name, up to what the second does with the first? */
function isBeside({ version, name }: Migration, other: Migration): boolean {
  return version === other.version && other.name.startsWith(name.replace(/[._-]up$/i, ''));
}

const BESIDE = /the migration beside it$/;

/** So many versions that are given twice are no slip, but how the files are named. */
const SCHEME = 3;

/** Files of one version. */
interface Group {
  readonly second: Migration;
  readonly others: readonly Migration[];
  readonly tool: string;
}

/** The files that the tool runs, those of one version together, in the order of their first. */
function byVersion(migrations: readonly Migration[]): Iterable<readonly Migration[]> {
  const groups = new Map<string | null, Migration[]>();
  for (const migration of migrations.filter(counts)) {
    const group = groups.get(migration.version);
    if (group) group.push(migration);
    else groups.set(migration.version, [migration]);
  }
  return groups.values();
}

/** Tools whose history table has the version as its key. Prisma and Hasura-like folder names, and drizzle's journal, are unique by themselves. */
const VERSIONED: ReadonlyMap<string, string> = new Map([
  ['supabase', 'the Supabase CLI (supabase_migrations.schema_migrations)'],
  ['flyway', 'Flyway'],
  ['diesel or Hasura', 'the migration tool'],
]);

/** golang-migrate, sqlx. */
function isUpFile({ file }: Migration): boolean {
  return file.endsWith('.up.sql');
}

/** Are some of the migrations programs, which neither of these runs: what does may know the files otherwise than by their versions. */
function hasPrograms(migrations: readonly Migration[]): boolean {
  return migrations.some(({ file }) => !/\.sql$/i.test(file));
}

/** Does the tool run the file under a version? */
function counts({ version, skipped, misnamed }: Migration): boolean {
  return version !== null && skipped === null && misnamed === null;
}
