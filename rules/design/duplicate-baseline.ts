import {
  andList,
  brief,
  type Change,
  counted,
  defineRule,
  fileName,
  type Migration,
  type QualifiedName,
} from '../../src/rule/index.ts';

export default defineRule({
  meta: {
    id: 'duplicate-baseline',
    category: 'design',
    severity: 'medium',
    confidence: 'likely',
    recommended: true,
    summary: 'Two migrations each create most of the same tables.',
    why: 'Each reads like the complete schema, and only one of them is: of every table the definition that ran first stands, or the one that ran last where the table was dropped before. Who looks up a column in the other file is misled, and a fix put there never reaches a database.',
    remedy:
      'Keep one file as the base. Bring what the other one wanted as ALTER statements of a new migration, then empty or remove it; where it was applied, note that in the history table of the tool (supabase migration repair).',
    messages: {
      twice: '{{file}} creates {{count}} that {{other}} creates as well: {{tables}}. {{outcome}}.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://supabase.com/docs/guides/deployment/database-migrations'],
    optionDocs: {
      tables: 'How many tables both files must create.',
      share: 'Which share of the tables of each file that must be, in percent.',
    },
  },
  defaults: { tables: 4, share: 50 },
  visit: {
    graph(_graph, { journal, options, report }) {
      const files = [...tablesByFile(journal)].filter(([, tables]) => tables.size >= options.tables);
      for (const [at, [later, wanted]] of files.entries()) {
        const [earlier, before] =
          files.find(([, other], i) => i < at && isMostly(shared(other, wanted).length, other.size, wanted.size)) ?? [];
        if (earlier === undefined || before === undefined) continue;
        const both = shared(before, wanted);
        const ineffective = both.filter((name) => wanted.get(name) === 'exists').length;
        report({
          object: { kind: 'migration', name: later.file },
          at: later.at,
          message: 'twice',
          data: {
            file: fileName(later.at),
            count: counted(both.length, 'table'),
            other: fileName(earlier.at),
            tables: andList(both, SHOWN),
            outcome:
              ineffective === both.length
                ? 'What it says of them is never applied'
                : ineffective === 0
                  ? 'It replaces what the first one made'
                  : `What it says of ${ineffective} of them is never applied`,
          },
          related: [{ note: 'the first', at: earlier.at }],
        });
      }

      function isMostly(both: number, before: number, after: number): boolean {
        return both >= options.tables && both * 100 >= before * options.share && both * 100 >= after * options.share;
      }
    },
  },
});

const SHOWN = 5;

type Outcome = 'created' | 'exists';

/** The tables that each file means to create, by the schema and name they have then: two schemas may have tables of the same names. */
function tablesByFile(journal: readonly Change[]): ReadonlyMap<Migration, ReadonlyMap<string, Outcome>> {
  const files = new Map<Migration, Map<string, Outcome>>();
  const note = (migration: Migration, name: QualifiedName, outcome: Outcome) => {
    const tables = files.get(migration) ?? new Map<string, Outcome>();
    files.set(migration, tables);
    const shown = brief(name);
    if (!tables.has(shown)) tables.set(shown, outcome);
  };
  for (const change of journal) {
    if (change.type === 'rejected' || change.by.kind !== 'CreateStmt') continue;
    const { migration } = change.by;
    if (change.type === 'created' && change.after.kind === 'table' && change.after.partitionOf === null)
      note(migration, change.after.name, 'created');
    if (change.type === 'skipped' && change.existing.kind === 'table') note(migration, change.existing.name, 'exists');
    if (
      change.type === 'failed' &&
      change.problem.type === 'duplicateObject' &&
      change.problem.existing.kind === 'table'
    )
      note(migration, change.problem.existing.name, 'exists');
  }
  return files;
}

function shared(a: ReadonlyMap<string, Outcome>, b: ReadonlyMap<string, Outcome>): readonly string[] {
  return [...a.keys()].filter((name) => b.has(name));
}
