// Long because it tells what is still missing at the end of the history, and how much of it matters.
import {
  addTo,
  type Change,
  CREATED_COLUMNS,
  defineRule,
  type Entity,
  type EntityId,
  fileName,
  isNamed,
  quoteIdentifier,
  restsOnMissingColumn,
  type SchemaGraph,
  type Severity,
  type SkippedCreate,
  type SourceLocation,
  UPDATED_COLUMNS,
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
      'Bring the existing object to the wanted form with ALTER in a new migration, or take the statement out where it is history.',
    scope: [
      'What a later statement adds after all, or replaces by something else, is not counted, nor what the existing object has on top.',
      'It is high where a column, a key or a constraint is missing, and low where what stands is stricter, or differs in a delete action, a length, a default or a time of creation that may be NULL.',
    ],
    messages: {
      shadowed: '{{statement}} does nothing here: {{object}} exists since {{file}}, and {{differences}}.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://www.postgresql.org/docs/current/sql-createtable.html'],
  },
  visit: {
    graph(graph, { journal, report }) {
      for (const shadowed of shadowedObjects(graph, journal)) {
        const worst = WORST_FIRST.flatMap((severity) => shadowed.filter((each) => each.severity === severity))[0];
        if (worst === undefined) continue;
        const { existing, about, statement, at, differences, severity } = worst;
        const name = graph.path(about);
        report({
          object: { kind: about.kind, name },
          at,
          message: 'shadowed',
          data: { statement, object: name, file: fileName(existing), differences },
          severity,
          related: [
            { note: 'what exists', at: existing },
            ...shadowed.filter((each) => each !== worst).map((each) => ({ note: noteOn(each, worst), at: each.at })),
          ],
        });
      }
    },
  },
});

/** One statement that did nothing, and what is still missing of what it asked for. */
interface Shadowed {
  readonly about: Entity;
  /** Where what exists was made. */
  readonly existing: SourceLocation;
  readonly statement: string;
  readonly at: SourceLocation;
  readonly differences: string;
  readonly severity: Severity;
}

/** By what stands in the way: a statement that several files repeat is one cause. */
function shadowedObjects(graph: SchemaGraph, journal: readonly Change[]): Iterable<readonly Shadowed[]> {
  const objects = new Map<string, Shadowed[]>();
  for (const skipped of byStatement(journal)) {
    const [first, ...more] = skipped;
    if (first === undefined) continue;
    const { existing, by } = first;
    const unmet = skipped.flatMap((each) => unmetWishes(each, graph));
    const differences = WORST_FIRST.flatMap((severity) => unmet.filter((each) => weightOf(each) === severity));
    const [worst] = differences;
    if (worst === undefined || existing.kind === 'extension' || existing.origin.from !== 'statement') continue;
    // Gone since: it stands in nobody's way any more.
    if (graph.find(existing.id) === undefined || restsOnMissingColumn(graph, existing)) continue;
    addTo(objects, skipped.map((each) => each.existing.id).join(), {
      about: more.length === 0 ? existing : (graph.parent(existing) ?? existing),
      existing: existing.origin.at,
      statement: STATEMENTS.get(by.kind) ?? 'This statement',
      at: by.at,
      differences: told(differences),
      severity: weightOf(worst),
    });
  }
  return objects.values();
}

function noteOn({ statement, differences }: Shadowed, told: Shadowed): string {
  const isSame = statement === told.statement && differences === told.differences;
  return isSame ? 'the same again' : `${statement} that does nothing either: ${differences}`;
}

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
  return differences.filter((difference) => {
    const { what, existing: is, wanted } = difference;
    if (wanted === ABSENT || (isRandomUuid(is) && isRandomUuid(wanted))) return false;
    if (is !== ABSENT && !isStillThere(difference, owner, graph)) return false;
    // Who adds a column to a table with rows cannot ask for NOT NULL at once.
    if (wanted === 'null') return by.kind === 'CreateStmt' && mustBeGiven(what, owner, graph);
    if (isKeyThere(what, wanted, owner, graph) || isCheckThere(what, wanted, owner, graph)) return false;
    return !graph.columns(owner).some((column) => {
      const subject = `column ${quoteIdentifier(column.name)}`;
      if (what === subject) return is === ABSENT;
      if (what === `${subject} nullability`) return column.notNull;
      if (what === `${subject} type`) return column.type !== null && graph.typeName(column.type) === wanted;
      return what === `${subject} default` && isSameDefault(column.default?.text, wanted);
    });
  });
}

/** Is what stood in the way there in the end? What was changed since, to whatever it is now, was decided after the statement. */
function isStillThere(difference: Difference, owner: EntityId, graph: SchemaGraph): boolean {
  const { what, existing } = difference;
  if (what.startsWith(LIST))
    return graph.ownedBy(owner, 'checkConstraint').some(({ expression }) => expression.text === existing);
  const { subject, fact } = partsOf(difference);
  if (fact === 'delete action' || fact === 'update action')
    return graph.ownedBy(owner, 'foreignKey').some(({ columns, onDelete, onUpdate }) => {
      const isIt = subject === `foreign key (${graph.columnsText(columns)})`;
      return isIt && (fact === 'delete action' ? onDelete : onUpdate) === existing;
    });
  if (fact === undefined) return true;
  const column = graph.columns(owner).find(({ name }) => subject === `column ${quoteIdentifier(name)}`);
  if (fact === 'type') return column !== undefined && column.type !== null && graph.typeName(column.type) === existing;
  return column !== undefined && (fact !== 'default' || column.default?.text === existing);
}

/** A key over those columns stands in the end: a unique index as well as a constraint, a foreign key with what it was to do. */
function isKeyThere(what: string, wanted: string, owner: EntityId, graph: SchemaGraph): boolean {
  const listed = (columns: readonly EntityId[]) => `(${graph.columnsText(columns)})`;
  if (what === 'unique constraint')
    return graph.ownedBy(owner, 'index').some(({ isUnique, predicate, keys }) => {
      const columns = keys.flatMap(({ column }) => column ?? []);
      return isUnique && predicate === null && columns.length === keys.length && listed(columns) === wanted;
    });
  return graph.ownedBy(owner, 'foreignKey').some(({ columns, referencedTable, onDelete, onUpdate }) => {
    const parent = graph.find(referencedTable);
    const subject = `foreign key ${listed(columns)}`;
    if (what === `${subject} delete action`) return onDelete === wanted;
    if (what === `${subject} update action`) return onUpdate === wanted;
    const reference =
      parent && `${listed(columns)} references ${graph.path(parent)} on delete ${onDelete} on update ${onUpdate}`;
    return what === 'foreign key' && reference === wanted;
  });
}

/** The check, as it is written; or a list of the column's values that holds all of the wanted one: what that takes is taken. */
function isCheckThere(what: string, wanted: string, owner: EntityId, graph: SchemaGraph): boolean {
  if (!what.startsWith('check constraint')) return false;
  return graph.ownedBy(owner, 'checkConstraint').some(({ expression }) => {
    const { text, references } = expression;
    if (text === wanted) return true;
    const columns = new Set(references.filter(({ kind }) => kind === 'column').map(({ target }) => target));
    const isOfColumn = columns.size === 1 && what === `${LIST}${graph.columnNames([...columns]).map(quoteIdentifier)}`;
    return isOfColumn && isWithin(wanted, text);
  });
}

/** It may not be NULL and nothing fills it: an INSERT that leaves it out, as the statement would have allowed, fails. */
function mustBeGiven(what: string, owner: EntityId, graph: SchemaGraph): boolean {
  return graph.columns(owner).some(({ name, notNull, default: value, identity, generated }) => {
    const isMeant = what === `column ${quoteIdentifier(name)} nullability`;
    return isMeant && notNull && value === null && identity === null && generated === null;
  });
}

/** Also where one says now() and the other CURRENT_TIMESTAMP. */
function isSameDefault(is: string | undefined, wanted: string): boolean {
  const spelled = (text: string) => text.replace(/^current_timestamp$/i, 'now()');
  return is !== undefined && spelled(is) === spelled(wanted);
}

/** Two names of one thing (docs 9.14, and the extension uuid-ossp). */
function isRandomUuid(text: string): boolean {
  return /^(?:\w+\.)?(?:gen_random_uuid|uuid_generate_v4)\(\)$/.test(text);
}

const WORST_FIRST = ['high', 'medium', 'low'] as const;
const KEYS = /^(?:primary key|unique constraint|foreign key|check constraint|exclusion constraint|.* reference)$/;
/** What is there under the name is another thing altogether: an index of another table, one that takes what is there twice. */
const OTHER_THINGS: ReadonlySet<string> = new Set(['kind', 'table', 'uniqueness']);

/** How much it matters to who relies on the statement: what is missing, what is otherwise, what is stricter or a detail. */
function weightOf(difference: Difference): (typeof WORST_FIRST)[number] {
  const { what, existing, wanted } = difference;
  if (what.startsWith(LIST)) return 'high';
  const { subject, fact } = partsOf(difference);
  const isColumn = fact === undefined && subject.startsWith('column ');
  if (OTHER_THINGS.has(what) || KEYS.test(what) || (isColumn && existing === ABSENT)) return 'high';
  if (what === 'keys')
    return keyColumns(wanted).every((each) => keyColumns(existing).includes(each)) ? 'medium' : 'high';
  switch (fact) {
    case 'default':
    case 'delete action':
    case 'update action':
      return 'low';
    case 'type':
      return withoutLength(existing) === withoutLength(wanted) ? 'low' : 'medium';
    case 'nullability':
      return wanted === 'null' || isNamed(subject.replace(/^column "?|"$/g, ''), TIMES_OF_WRITING) ? 'low' : 'high';
    default:
      return 'medium';
  }
}

const LIST = 'check constraint on ';

/** Does a list of values hold all that another one does? What the wanted one would take is taken then. */
function isWithin(wanted: string, existing: string): boolean {
  const valuesOf = (text: string) => [...text.matchAll(/'(?:[^']|'')*'/g)].map(([each]) => each);
  const values = valuesOf(wanted);
  return values.length > 0 && values.every((each) => valuesOf(existing).includes(each));
}

/** Of the keys of an index as they are written, whatever their order and direction. */
function keyColumns(keys: string): readonly string[] {
  return keys
    .slice(1, -1)
    .split(', ')
    .map((each) => each.replace(/ desc$/, ''));
}

const TIMES_OF_WRITING = [...CREATED_COLUMNS, ...UPDATED_COLUMNS];

/** `numeric(10,2)` and `numeric`, `character varying(50)` and `text`. */
function withoutLength(type: string): string {
  return type.replace(/\s*\([\d,\s]*\)/, '').replace(/^character varying/, 'text');
}

const SHOWN = 3;

function told(differences: readonly Difference[]): string {
  const said = differences.slice(0, SHOWN).map(tell);
  const more = differences.length - said.length;
  return [...said, ...(more > 0 ? [`${more} more`] : [])].join('; ');
}

const FACTS =
  /^((?:column|foreign key) .+) (type|nullability|default|identity|expression|delete action|update action)$/;

function partsOf({ what }: Difference): { readonly subject: string; readonly fact: string | undefined } {
  const [, subject = what, fact] = FACTS.exec(what) ?? [];
  return { subject, fact };
}

/** `column state stays nullable`, `column total stays integer instead of numeric`, `foreign key (…) stays missing`. */
function tell(difference: Difference): string {
  const { existing, wanted } = difference;
  const { subject, fact } = partsOf(difference);
  if (fact === 'nullability') return `${subject} stays ${wanted === 'null' ? 'NOT NULL' : 'nullable'}`;
  if (fact === undefined || fact === 'type') {
    return existing === ABSENT
      ? `${subject} ${cut(wanted)} stays missing`
      : `${subject} ${/^(?!column ).*s$/.test(subject) ? 'stay' : 'stays'} ${cut(existing)} instead of ${cut(wanted)}`;
  }
  if (fact === 'delete action' || fact === 'update action') {
    const clause = fact === 'delete action' ? 'ON DELETE' : 'ON UPDATE';
    return `${subject} keeps ${clause} ${existing.toUpperCase()} instead of ${wanted.toUpperCase()}`;
  }
  return existing === ABSENT
    ? `${subject} stays without the ${fact} ${cut(wanted)}`
    : `${subject} keeps the ${fact} ${cut(existing)} instead of ${cut(wanted)}`;
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
