import { andList, defineRule, fileName, type Migration } from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'duplicate-migration-version',
    category: 'migration',
    severity: 'critical',
    summary: 'Two migration files have the same version.',
    why: 'The tool knows a migration by its version, which is a key of its history table: of two files with one version the second fails or counts as applied and never runs, and which is the second may differ from one machine to the next.',
    remedy:
      'Give one of the files a version of its own. Where it was applied already, rename it and mark the new version as applied (supabase migration repair). Folders whose tool is not known are reported only if their files are named as *.up.sql.',
    messages: {
      twice: '{{file}} has the version {{version}}, and so {{have}} {{others}}: {{tool}} can record only one of them.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://supabase.com/docs/guides/deployment/database-migrations'],
  },
  visit: {
    graph(_, { migrations, settings, report }) {
      for (const [first, second, ...rest] of byVersion(migrations)) {
        if (first === undefined || second === undefined) continue;
        const tool = VERSIONED.get(settings.migrationTool) ?? (isUpFile(second) ? 'the migration tool' : undefined);
        if (tool === undefined) continue;
        // Once for all files of a version: at the second, which is the one too many.
        const others = [first, ...rest];
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
    },
  },
});

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

/** Does the tool run the file under a version? */
function counts({ version, skipped, misnamed }: Migration): boolean {
  return version !== null && skipped === null && misnamed === null;
}
