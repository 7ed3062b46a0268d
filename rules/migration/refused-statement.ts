import { type Change, defineRule, fileName, groupedBy, type Problem, restingOnFailed } from '../../src/rule/index.ts';

type Refused = Extract<Problem, { readonly type: 'refused' }>;

export default defineRule({
  meta: {
    id: 'refused-statement',
    category: 'migration',
    severity: 'high',
    summary: 'Postgres refuses a statement, whatever the data.',
    why: 'On a database made by these files the statement fails, and the migration with it: what stands before it in the file is rolled back, what stands behind it never runs, and no new environment, preview branch or test database can be built. The schema was read without it.',
    remedy:
      'Correct the statement in its file, if it has run nowhere; where it has, the database had other objects then than the files say: write what was missing into the migration before it. A function whose result changes is dropped and created again; a view whose columns change names or order, too; a table is added to a publication only where pg_publication_tables does not list it. Rows that refer to what only one database holds (a shop, a user) belong in a script for that one, or select what they refer to, so that there are none without it.',
    scope: [
      'Of rows that are written out with a key to others, which no file adds, it is said that a database made by these files refuses them: one whose rows came otherwise takes them.',
      'What the grammar refuses is reported by syntax-error, a missing object by unknown-object, one that exists by duplicate-object.',
    ],
    messages: {
      refused: 'Postgres refuses this statement of {{file}}{{others}}: {{error}}.',
      orphan:
        'In a database made by these files Postgres refuses this statement of {{file}}{{others}}: {{error}}, as nothing before it adds a row that it could refer to.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://supabase.com/docs/guides/deployment/database-migrations'],
  },
  visit: {
    graph(_, { journal, texts, report }) {
      const unmade = unmadeTables(journal);
      const resting = restingOnFailed(journal, ({ at }) => texts.get(at.file)?.slice(at.start, at.end) ?? '');
      const refused = journal.flatMap((change) => {
        if (change.type !== 'failed' || change.problem.type !== 'refused' || change.problem.isSyntax) return [];
        return resting.has(change) || asksForUnmade(change, unmade, texts) ? [] : [change.problem];
      });
      const ofOneFile = [...groupedBy(refused, reason).values()];
      for (const groups of groupedBy(ofOneFile, ([first]) => cause(first)).values()) {
        const [first, ...more] = groups.flat();
        if (first === undefined) continue;
        const data = {
          file: fileName(first.at),
          others: more.length === 0 ? '' : `, and ${more.length} more ${likeness(first, more)}`,
          error: first.message.replaceAll('public.', '').replace(/\.$/, ''),
        };
        const about = {
          object: { kind: 'migration', name: first.at.file },
          at: first.at,
          related: more.map(({ at, message }) => ({ note: message.replaceAll('public.', ''), at })),
          discriminator: first.message,
        } as const;
        if (isOrphan(first)) report({ ...about, message: 'orphan', data });
        else report({ ...about, message: 'refused', data });
      }
    },
  },
});

/** Rows that refer to others which only the app, or somebody by hand, adds. */
function isOrphan({ message }: Refused): boolean {
  return /^insert or update on table .* violates foreign key constraint/.test(message);
}

/** Tables that no file makes, as unknown-object or foreign-key-target-missing tells. */
function unmadeTables(journal: readonly Change[]): ReadonlySet<string> {
  const names = journal.flatMap((change) => {
    const problem = change.type === 'failed' ? change.problem : undefined;
    if (problem?.type !== 'unknownObject' || problem.objectKind !== 'table' || problem.createdLater) return [];
    return [bareName(problem.name)];
  });
  return new Set(names);
}

/** A DO block that looks such a table up in the catalog and raises an error by itself: the cause is told already. */
function asksForUnmade(
  { by }: Extract<Change, { readonly type: 'failed' }>,
  unmade: ReadonlySet<string>,
  texts: ReadonlyMap<string, string>,
): boolean {
  if (by.kind !== 'DoStmt' || unmade.size === 0) return false;
  const text = texts.get(by.at.file)?.slice(by.at.start, by.at.end) ?? '';
  if (!/\braise\s+exception\b/i.test(text) || !/\binformation_schema\.|\bpg_[a-z]+\b|\bto_regclass\b/i.test(text))
    return false;
  return [...text.matchAll(/'([^'\n]*)'/g)].some(([, literal = '']) => unmade.has(bareName(literal)));
}

function bareName(name: string): string {
  return (name.split('.').at(-1) ?? name).replaceAll('"', '');
}

/** Rows that two constraints refuse have one thing in common, but two causes. */
function likeness(first: Refused, more: readonly Refused[]): string {
  const areRows = /violates (?:check|not-null|foreign key) constraint/.test(first.message);
  return areRows && more.some(({ message }) => message !== first.message) ? 'of this kind' : 'for the same reason';
}

/** The same sentence about the same object has the same cause in another file. */
function cause(refused: Refused | undefined): string {
  if (refused === undefined) return '';
  return /["(]/.test(refused.message) ? refused.message : reason(refused);
}

/** The file, and what is wrong without the names; of what cannot be dropped, what stands against it. */
function reason({ at, message }: Refused): string {
  const against = /because other objects depend on it: (.*)$/s.exec(message)?.[1];
  return `${at.file}\n${against ?? message.replace(/"[^"]*"/g, '')}`;
}
