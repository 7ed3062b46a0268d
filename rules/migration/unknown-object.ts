import {
  addTo,
  andList,
  type Change,
  defineRule,
  fileName,
  type LateBeginning,
  lateBeginning,
  type MadeLater,
  madeLater,
  type Problem,
  relatedAt,
  type SchemaGraph,
  type SkippedCreate,
  type Statement,
} from '../../src/rule/index.ts';

type Missing = Extract<Problem, { readonly type: 'unknownObject' }>;

export default defineRule({
  meta: {
    id: 'unknown-object',
    category: 'migration',
    severity: 'critical',
    summary: 'A statement needs an object that does not exist at that point of the history.',
    why: 'On a database made by these files the statement fails, and the migration with it: no new environment, no preview branch, no test database can be built.',
    remedy:
      'Create the object in an earlier migration, or correct the name or the order. What was made by hand (in a dashboard, by another tool) belongs into a first migration: supabase db pull, or pg_dump --schema-only, writes it; where it never will, lint with --base SNAPSHOT, which `ddlint snapshot` writes. What a platform provides (auth.users) is known once the platform is: --platform supabase.',
    scope: [
      'Each object is reported once, where it is first needed, and five or more that no file creates, or that later files create, as one finding; the target of a foreign key by foreign-key-target-missing, an extension by missing-extension.',
    ],
    messages: {
      beginning:
        '{{count}} objects that no file creates are needed from {{file}} on: {{cause}}. Needed are {{objects}}; a new database gets no further than {{file}}, and what rests on them is judged in part only (--base SNAPSHOT brings them).',
      order:
        '{{count}} objects are made by later files than those that need them: in the order of their names these files cannot be run. {{files}} {{need}} {{objects}}; a new database gets no further than {{file}}.',
      unknown: 'The {{kind}} {{name}} does not exist when {{file}} needs it: nothing in the history creates it.',
      unknownColumns:
        'The columns {{columns}} of {{table}} do not exist when {{file}} needs them: nothing in the history creates them.',
      dropped: 'The {{kind}} {{name}} does not exist any more when {{file}} needs it: {{other}} dropped it.',
      renamed:
        'The {{kind}} {{name}} does not exist any more when {{file}} needs it: {{other}} renamed it to {{newName}}.',
      listed:
        '{{columns}} of {{table}} {{do}} not exist when {{file}} needs {{it}}: the CREATE TABLE IF NOT EXISTS of {{other}} lists {{it}}, but does nothing, as {{table}} exists {{since}}.',
      row: '{{file}} asks for {{names}}, which {{mean}} a row in triggers and rules only: here Postgres looks for {{tables}} and finds none.',
      later: 'The {{kind}} {{name}} does not exist yet when {{file}} needs it: {{other}} creates it later.',
      laterColumns:
        'The columns {{columns}} of {{table}} do not exist yet when {{file}} needs them: {{other}} creates them later.',
    },
    needs: ['history'],
    restsOn: [],
    references: ['https://supabase.com/docs/guides/deployment/database-migrations'],
  },
  visit: {
    graph(graph, { journal, settings, report }) {
      const listed = new Map<SkippedCreate, Missing[]>();
      const rows = new Map<Statement, Missing[]>();
      const columns = new Map<string, { readonly by: Statement; readonly problem: Missing }[]>();
      const again = failingAgain(journal);
      const beginning = lateBeginning(graph, journal);
      const ofBeginning = new Set(beginning?.unmade.map(({ problem }) => problem));
      if (beginning !== undefined) tellBeginning(beginning);
      const later = madeLater(journal);
      const ofOrder = new Set(later.map(({ problem }) => problem));
      tellOrder(later);
      for (const change of journal) {
        if (change.type !== 'failed' || change.problem.type !== 'unknownObject' || change.problem.again) continue;
        if (ofBeginning.has(change.problem) || ofOrder.has(change.problem)) continue;
        const { objectKind, name, at, gone, createdLater, listedBy, referredToBy, refusedBy } = change.problem;
        // The cause is told by foreign-key-target-missing; by syntax-error or refused-statement.
        if (referredToBy !== undefined || refusedBy !== undefined) continue;
        const others = (again.get(name) ?? []).map((each) => ({ note: 'fails without it as well', at: each.at }));
        const about = { object: { kind: objectKind, name }, at, related: others };
        // misnamed-migration says that it does not.
        const ifApplied = change.by.migration.misnamed === null ? '' : ', were it applied,';
        const data = { kind: objectKind, name, file: `${fileName(at)}${ifApplied}` };
        if (gone !== undefined && 'by' in gone) {
          const moved = { ...about, related: [{ note: 'gone since here', at: gone.by.at }, ...others] };
          const newName = renamedTo(gone, graph);
          const other = fileName(gone.by.at);
          if (newName === undefined) report({ ...moved, message: 'dropped', data: { ...data, other } });
          else report({ ...moved, message: 'renamed', data: { ...data, other, newName } });
        } else if (listedBy !== undefined) {
          for (const each of [change.problem, ...(again.get(name) ?? [])]) addTo(listed, listedBy, each);
        } else if (createdLater !== undefined && objectKind !== 'column') {
          report({
            ...about,
            message: 'later',
            data: { ...data, other: fileName(createdLater) },
            related: [{ note: 'created here', at: createdLater }, ...others],
          });
        } else if (isTriggerRow(change.problem) && change.by.kind !== 'CreateTrigStmt') {
          addTo(rows, change.by, change.problem);
        } else if (objectKind === 'column') {
          const key = `${change.by.index}\0${tableOf(name)}\0${createdLater?.file ?? ''}`;
          addTo(columns, key, { by: change.by, problem: change.problem });
        } else if (objectKind !== 'role' || settings.platform !== 'postgres') {
          // On a server of one's own, roles belong to the cluster: whoever set it up made them, and no dump holds them.
          report({ ...about, message: 'unknown', data });
        }
      }
      for (const [create, problems] of listed) tellListed(create, problems);
      for (const each of columns.values()) tellColumns(each);
      for (const [first, ...more] of rows.values()) {
        if (first === undefined) continue;
        const names = [first, ...more].map(({ name }) => bareName(name)).sort();
        const isOne = names.length === 1;
        report({
          object: { kind: 'table', name: first.name },
          at: first.at,
          message: 'row',
          data: {
            file: fileName(first.at),
            names: andList(names),
            mean: isOne ? 'means' : 'mean',
            tables: isOne ? 'a table of that name' : 'tables of these names',
          },
          related: more.map(({ name, at }) => ({ note: `${bareName(name)} as well`, at, isAnother: true as const })),
        });
      }

      /** What one statement misses of one table. */
      function tellColumns([first, ...more]: readonly { readonly by: Statement; readonly problem: Missing }[]): void {
        if (first === undefined) return;
        const { by, problem } = first;
        const all = [problem, ...more.map((each) => each.problem)];
        const names = all.map(({ name }) => name);
        // misnamed-migration says that it does not.
        const ifApplied = by.migration.misnamed === null ? '' : ', were it applied,';
        const file = `${fileName(problem.at)}${ifApplied}`;
        const others = all.flatMap(({ name }) => again.get(name) ?? []);
        const { createdLater } = problem;
        const about = {
          at: problem.at,
          related: [
            ...(createdLater === undefined ? [] : [{ note: 'created here', at: createdLater }]),
            ...more.map(({ problem: { name, at } }) => ({ note: `needs ${bareName(name)}`, at })),
            ...others.map(({ at }) => ({ note: 'fails without it as well', at })),
          ],
        };
        const table = tableOf(problem.name);
        if (more.length === 0) {
          const object = { kind: 'column', name: problem.name };
          const data = { ...object, file };
          if (createdLater === undefined) report({ ...about, object, message: 'unknown', data });
          else report({ ...about, object, message: 'later', data: { ...data, other: fileName(createdLater) } });
        } else {
          const object = { kind: 'table', name: table };
          const data = { columns: andList(names.map(bareName), 4), table, file };
          if (createdLater === undefined) report({ ...about, object, message: 'unknownColumns', data });
          else report({ ...about, object, message: 'laterColumns', data: { ...data, other: fileName(createdLater) } });
        }
      }

      /** Files that are missing are one cause, however much they made. */
      function tellBeginning({ unmade: [first, ...more], objects, isFromTheStart }: LateBeginning): void {
        const { at } = first.problem;
        report({
          object: { kind: 'migration', name: at.file },
          at,
          message: 'beginning',
          data: {
            count: objects.length,
            file: fileName(at),
            cause: isFromTheStart ? 'the history does not begin at the beginning' : 'part of the history is missing',
            objects: namesByKind(objects),
          },
          related: more.map(({ problem }) => ({
            note: `needs the ${problem.objectKind} ${shortName(problem.name)}`,
            at: problem.at,
          })),
        });
      }

      /** Files of which many need what later ones make stand in the wrong order, which is one cause. */
      function tellOrder([first, ...more]: readonly MadeLater[]): void {
        if (first === undefined) return;
        const all = [first, ...more];
        const { at } = first.problem;
        const needed = all.map(({ problem: { objectKind, name } }) => [name, { kind: objectKind, name }] as const);
        const objects = [...new Map(needed).values()];
        const files = [...new Set(all.map(({ problem }) => fileName(problem.at)))];
        const makerOf = ({ problem: { createdLater } }: MadeLater) =>
          createdLater === undefined ? '' : `, which ${fileName(createdLater)} makes`;
        report({
          object: { kind: 'migration', name: at.file },
          at,
          message: 'order',
          data: {
            count: objects.length,
            files: andList(files, 3),
            need: files.length === 1 ? 'needs' : 'need',
            objects: namesByKind(objects),
            file: fileName(at),
          },
          related: all.map((each) => ({
            note: `needs the ${each.problem.objectKind} ${shortName(each.problem.name)}${makerOf(each)}`,
            at: each.problem.at,
          })),
          discriminator: 'order',
        });
      }

      /** What one CREATE TABLE did not bring is one finding, where the first of it is needed. */
      function tellListed({ existing, by }: SkippedCreate, [first, ...more]: readonly Missing[]): void {
        if (first === undefined) return;
        const made = relatedAt(existing, 'the table that exists');
        const table = graph.path(existing);
        const ownName = ({ name }: Missing) => name.slice(table.length + 1);
        const columns = [...new Set([first, ...more].map(ownName))];
        const one = columns.length === 1;
        report({
          object: one ? { kind: 'column', name: first.name } : { kind: 'table', name: table },
          at: first.at,
          message: 'listed',
          data: {
            columns: `The column${one ? '' : 's'} ${andList(columns, 4)}`,
            table,
            do: one ? 'does' : 'do',
            it: one ? 'it' : 'them',
            file: fileName(first.at),
            other: fileName(by.at),
            since: existing.origin.from === 'statement' ? `since ${fileName(existing.origin.at)}` : 'before',
          },
          related: [
            { note: 'lists the columns, and does nothing', at: by.at },
            ...made,
            ...more.map((each) => ({ note: `needs ${ownName(each)}`, at: each.at })),
          ],
        });
      }
    },
  },
});

/** Statements that fail for what was told of one before them, by what they miss. */
function failingAgain(journal: readonly Change[]): ReadonlyMap<string, readonly Missing[]> {
  const found = new Map<string, Missing[]>();
  for (const change of journal) {
    const problem = change.type === 'failed' ? change.problem : undefined;
    if (problem?.type === 'unknownObject' && problem.again) addTo(found, problem.name, problem);
  }
  return found;
}

/** `the tables a, b, c and 16 more, the function f and the types s and t`. */
function namesByKind(objects: LateBeginning['objects']): string {
  const byKind = new Map<string, string[]>();
  for (const { kind, name } of objects) addTo(byKind, kind, shortName(name));
  const parts = [...byKind].map(([kind, names]) =>
    names.length === 1 ? `the ${kind} ${names[0]}` : `the ${kind}s ${andList(names, 4)}`,
  );
  return parts.length < 3 ? parts.join(' and ') : parts.join(', ');
}

function shortName(name: string): string {
  return name.replace(/^public\./, '').replace(/\(.*$/, '');
}

/** `.total` of `public.orders.total`. */
const LAST_PART = /\.("(?:[^"]|"")+"|[^".]+)$/;

function tableOf(name: string): string {
  return name.replace(LAST_PART, '');
}

function bareName(name: string): string {
  return LAST_PART.exec(name)?.[1] ?? name;
}

/** OLD and NEW, where no trigger gives them a meaning. */
function isTriggerRow({ objectKind, name }: Missing): boolean {
  return objectKind === 'table' && /^(?:old|new)$/.test(bareName(name));
}

function renamedTo(gone: Change, graph: SchemaGraph): string | undefined {
  return gone.type === 'altered' ? graph.path(gone.after) : undefined;
}
