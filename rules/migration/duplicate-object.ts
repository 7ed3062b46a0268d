import {
  addTo,
  andList,
  type Change,
  counted,
  defineRule,
  failingFiles,
  fileName,
  type Problem,
  type SchemaGraph,
} from '../../src/rule/index.ts';

type Failed = Extract<Change, { type: 'failed' }> & {
  readonly problem: Extract<Problem, { type: 'duplicateObject' }>;
};

export default defineRule({
  meta: {
    id: 'duplicate-object',
    category: 'migration',
    severity: 'high',
    summary: 'A migration creates something that exists already.',
    why: 'Postgres raises an error, and the migration ends there: on an empty database nothing that comes after it is ever applied. Where it passed once, somebody had taken the object away by hand.',
    remedy:
      'Take the statement out, or drop the old object first where the new one is to replace it. IF NOT EXISTS only silences the error: the old definition stays. All statements of one file that meet this are one finding, at the first of them.',
    messages: {
      exists: '{{file}} creates {{kind}} {{name}}, which exists since {{other}}: the migration fails here.',
      platform: '{{file}} creates {{kind}} {{name}}, which the platform brings: the migration fails here.',
      several:
        '{{file}} creates {{kind}} {{name}}, which exists since {{other}}, and {{count}} ({{more}}). The migration fails here.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://www.postgresql.org/docs/current/errcodes-appendix.html'],
  },
  visit: {
    graph(graph, { journal, report }) {
      for (const [first, ...more] of byFile(graph, journal)) {
        if (first === undefined) continue;
        const { existing, name, at } = first.problem;
        const kind = WORDS.get(existing.kind) ?? existing.kind;
        const about = { object: { kind: existing.kind, name }, at };
        const data = { file: fileName(at), kind, name };
        if (existing.origin.from !== 'statement') {
          report({ ...about, message: 'platform', data });
          continue;
        }
        const since = { ...data, other: fileName(existing.origin.at) };
        const related = [
          { note: 'what exists', at: existing.origin.at },
          ...more.map((each) => ({ note: `${each.problem.name} exists too`, at: each.problem.at })),
        ];
        const names = andList([...new Set(more.map((each) => each.problem.name))], SHOWN);
        if (more.length === 0) report({ ...about, message: 'exists', data: since, related });
        else
          report({
            ...about,
            message: 'several',
            data: {
              ...since,
              count: counted(more.length, 'more object that exists', 'more objects that exist'),
              more: names,
            },
            related,
          });
      }
    },
  },
});

const SHOWN = 4;

/** What a statement that was not understood may have dropped or renamed before. */
const ASPECTS = [
  'existence',
  'columns',
  'constraints',
  'indexes',
  'policies',
  'triggers',
  'functions',
  'types',
] as const;

function byFile(graph: SchemaGraph, journal: readonly Change[]): Iterable<readonly Failed[]> {
  const files = new Map<number, Failed[]>();
  const failing = failingFiles(journal);
  for (const change of journal) {
    if (!isDuplicate(change) || graph.isDoubtful(change.problem.existing, ASPECTS)) continue;
    const { origin } = change.problem.existing;
    const madeIn = origin.from === 'statement' ? origin.at.file : undefined;
    if (madeIn !== undefined && madeIn !== change.by.at.file && failing.has(madeIn)) continue;
    const { index } = change.by.migration;
    addTo(files, index, change);
  }
  return files.values();
}

function isDuplicate(change: Change): change is Failed {
  return change.type === 'failed' && change.problem.type === 'duplicateObject';
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['checkConstraint', 'the constraint'],
  ['column', 'the column'],
  ['compositeType', 'the type'],
  ['domain', 'the domain'],
  ['enumType', 'the type'],
  ['exclusionConstraint', 'the constraint'],
  ['extension', 'the extension'],
  ['foreignKey', 'the constraint'],
  ['foreignTable', 'the foreign table'],
  ['function', 'the function'],
  ['index', 'the index'],
  ['materializedView', 'the materialized view'],
  ['policy', 'the policy'],
  ['primaryKey', 'the primary key'],
  ['publication', 'the publication'],
  ['role', 'the role'],
  ['schema', 'the schema'],
  ['sequence', 'the sequence'],
  ['table', 'the table'],
  ['trigger', 'the trigger'],
  ['uniqueConstraint', 'the constraint'],
  ['view', 'the view'],
]);
