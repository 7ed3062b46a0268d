import {
  type Change,
  defineRule,
  type EntityId,
  fileName,
  quoteIdentifier,
  restsOnMissingColumn,
  type SchemaGraph,
  type SkippedCreate,
} from '../../src/rule/index.ts';

type Difference = SkippedCreate['differences'][number];

export default defineRule({
  meta: {
    id: 'shadowed-create',
    category: 'migration',
    severity: 'high',
    summary:
      'CREATE or ADD COLUMN … IF NOT EXISTS meets an object of that name with another definition, and does nothing.',
    why: 'IF NOT EXISTS looks at the name only. The statement passes, the definition it brings is never applied, and whoever reads the file believes in a schema that no database has.',
    remedy:
      'Bring the existing object to the wanted form with ALTER in a new migration, or take the statement out where it is history. What a later statement adds after all is not counted, nor what the existing object has on top.',
    messages: {
      shadowed: '{{statement}} does nothing here: {{object}} exists since {{file}}, and {{differences}}.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://www.postgresql.org/docs/current/sql-createtable.html'],
  },
  visit: {
    graph(graph, { journal, report }) {
      for (const [first, ...more] of byStatement(journal)) {
        if (first === undefined) continue;
        const differences = [first, ...more].flatMap((each) => unmetWishes(each, graph));
        const { existing, by } = first;
        if (differences.length === 0 || existing.kind === 'extension' || existing.origin.from !== 'statement') continue;
        // Gone since: it stands in nobody's way any more.
        if (graph.find(existing.id) === undefined || restsOnMissingColumn(graph, existing)) continue;
        const about = more.length === 0 ? existing : (graph.parent(existing) ?? existing);
        const name = graph.path(about);
        report({
          object: { kind: about.kind, name },
          at: by.at,
          message: 'shadowed',
          data: {
            statement: STATEMENTS.get(by.kind) ?? 'This statement',
            object: name,
            file: fileName(existing.origin.at),
            differences: told(differences),
          },
          related: [{ note: 'what exists', at: existing.origin.at }],
        });
      }
    },
  },
});

const STATEMENTS: ReadonlyMap<string, string> = new Map([
  ['CreateStmt', 'CREATE TABLE IF NOT EXISTS'],
  ['CreateTableAsStmt', 'CREATE … IF NOT EXISTS AS'],
  ['IndexStmt', 'CREATE INDEX IF NOT EXISTS'],
  ['AlterTableStmt', 'ADD COLUMN IF NOT EXISTS'],
  ['CreateSeqStmt', 'CREATE SEQUENCE IF NOT EXISTS'],
  ['CreateStatsStmt', 'CREATE STATISTICS IF NOT EXISTS'],
]);

function byStatement(journal: readonly Change[]): Iterable<readonly SkippedCreate[]> {
  const groups = new Map<number, SkippedCreate[]>();
  for (const change of journal) {
    if (change.type !== 'skipped') continue;
    const group = groups.get(change.by.index);
    if (group) group.push(change);
    else groups.set(change.by.index, [change]);
  }
  return groups.values();
}

const ABSENT = 'none';

/** What the statement asked for and no later one brought. More than was asked for is no matter. */
function unmetWishes({ by, existing, differences }: SkippedCreate, graph: SchemaGraph): readonly Difference[] {
  const owner = existing.kind === 'column' ? existing.relation : existing.id;
  return differences.filter(({ what, existing: is, wanted }) => {
    if (wanted === ABSENT || (isRandomUuid(is) && isRandomUuid(wanted))) return false;
    // Who adds a column to a table with rows cannot ask for NOT NULL at once.
    if (wanted === 'null') return by.kind === 'CreateStmt' && mustBeGiven(what, owner, graph);
    return !graph.columns(owner).some((column) => {
      const subject = `column ${quoteIdentifier(column.name)}`;
      if (what === subject) return is === ABSENT;
      if (what === `${subject} nullability`) return column.notNull;
      if (what === `${subject} type`) return column.type !== null && graph.typeName(column.type) === wanted;
      return what === `${subject} default` && column.default?.text === wanted;
    });
  });
}

/** It may not be NULL and nothing fills it: an INSERT that leaves it out, as the statement would have allowed, fails. */
function mustBeGiven(what: string, owner: EntityId, graph: SchemaGraph): boolean {
  return graph.columns(owner).some(({ name, notNull, default: value, identity, generated }) => {
    const isMeant = what === `column ${quoteIdentifier(name)} nullability`;
    return isMeant && notNull && value === null && identity === null && generated === null;
  });
}

/** Two names of one thing (docs 9.14, and the extension uuid-ossp). */
function isRandomUuid(text: string): boolean {
  return /^(?:\w+\.)?(?:gen_random_uuid|uuid_generate_v4)\(\)$/.test(text);
}

const SHOWN = 3;

function told(differences: readonly Difference[]): string {
  const said = differences.slice(0, SHOWN).map(tell);
  const more = differences.length - said.length;
  return [...said, ...(more > 0 ? [`${more} more`] : [])].join('; ');
}

/** `column state stays nullable`, `column total stays integer instead of numeric`, `foreign key (…) stays missing`. */
function tell({ what, existing, wanted }: Difference): string {
  const [, subject = what, fact] = /^(.*) (type|nullability|default|identity|expression)$/.exec(what) ?? [];
  if (fact === 'nullability') return `${subject} stays ${wanted === 'null' ? 'NOT NULL' : 'nullable'}`;
  if (fact === undefined || fact === 'type') {
    return existing === ABSENT
      ? `${subject} ${cut(wanted)} stays missing`
      : `${subject} ${subject.endsWith('s') ? 'stay' : 'stays'} ${cut(existing)} instead of ${cut(wanted)}`;
  }
  return existing === ABSENT
    ? `${subject} stays without the ${fact} ${cut(wanted)}`
    : `${subject} keeps the ${fact} ${cut(existing)} instead of ${cut(wanted)}`;
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
