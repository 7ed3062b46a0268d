import type { EntityOf } from '../graph/entities/index.ts';
import { failsForWritten } from '../graph/failures/failing-casts.ts';
import type { FailingQuery } from '../graph/failures/failing-queries.ts';
import { type Failure, isSaid } from '../graph/failures/failures.ts';
import { meantBy } from '../graph/failures/meant-variables.ts';
import type { Statement } from '../graph/journal.ts';
import { castAround, type Insertion } from '../graph/routines/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { typeText } from '../graph/types/type-ref.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { redefined } from './redefined.ts';
import { raw, sql } from './sql.ts';

type Routine = EntityOf<'function'>;

/** The search_path that a function pins; empty for none and for ''. */
export function pinnedPath({ config }: Routine): string {
  const value = config.find(({ name }) => name === 'search_path')?.value ?? '';
  return value === '""' || value === "''" ? '' : value;
}

/** What mends all that fails in a body, where one statement can: the search_path, names that are to mean columns, casts, PERFORM, RETURN. */
export function mendedBody(
  graph: SchemaGraph,
  routine: Routine,
  failing: readonly Failure[],
  texts: ReadonlyMap<string, string>,
  statements: readonly Statement[],
): Fix | undefined {
  const keys = failing.flatMap((each) => (each.kind === 'query' && each.unmet ? [each.unmet] : []));
  if (keys.length === failing.length) return keysFix(graph, keys);
  const names = failing.filter((each) => !isSaid(each));
  if (names.length < failing.length)
    return names.length === 0 ? statementsFix(graph, routine, failing, texts, statements) : undefined;
  const homes = [...new Set(names.map(({ foundIn }) => foundIn))];
  if (!homes.includes(null)) {
    const path = pinnedPath(routine);
    const added = homes.flatMap((each) => (each === null ? [] : [quoteIdentifier(each)]));
    const schemas = [...(path === '' ? [] : [path]), ...added].join(', ');
    return {
      title: 'Put the schema into its search_path (or write it before the name)',
      safety: 'review',
      sql: sql`alter ${raw(routine.routine)} ${raw(graph.path(routine))} set search_path = ${raw(schemas)};`,
    };
  }
  // Only what the function gives back: a parameter may be just what is meant, and `where a = a` would be true of every row.
  const results = routine.parameters.filter(({ mode }) => mode === 'out' || mode === 'table').map(({ name }) => name);
  if (!names.every(({ kind }) => kind === 'ambiguous')) return undefined;
  const meant = meantBy(graph, routine);
  if (meant === 'variables') return conflictFix(graph, routine, texts, 'variable');
  const isResult = meant === undefined && names.every(({ bare }) => results.includes(bare));
  return isResult ? conflictFix(graph, routine, texts, 'column') : undefined;
}

/** `#variable_conflict use_column` before the block (docs 41.11.1). */
function conflictFix(
  graph: SchemaGraph,
  routine: Routine,
  texts: ReadonlyMap<string, string>,
  meant: 'column' | 'variable',
): Fix | undefined {
  const start = routine.body?.at?.start;
  if (start === undefined) return undefined;
  const written = redefined(graph, routine, texts, [
    {
      at: start,
      text: `\n#variable_conflict use_${meant}${/^\s*\n/.test(routine.body?.text ?? '') ? '' : '\n'}`,
    },
  ]);
  return written === undefined ? undefined : { title: `Let the names mean ${meant}s`, safety: 'review', sql: written };
}

/** The unique keys that ON CONFLICT wants; none for a constraint that it names. */
function keysFix(graph: SchemaGraph, keys: readonly NonNullable<FailingQuery['unmet']>[]): Fix | undefined {
  const statements = keys.map(({ relation, columns }) => {
    const table = graph.find(relation);
    if (table?.kind !== 'table' || columns.length === 0) return undefined;
    return sql`create unique index on ${raw(graph.path(table))} (${raw(columns.map(quoteIdentifier).join(', '))});`;
  });
  const wanted = [...new Set(statements)];
  return wanted.includes(undefined)
    ? undefined
    : {
        title: 'Give the columns a unique key, once no two rows are alike in them',
        safety: 'review',
        sql: wanted.join('\n'),
      };
}

/** What PL/pgSQL says of types, rows and RETURN, mended place by place. */
function statementsFix(
  graph: SchemaGraph,
  routine: Routine,
  failing: readonly Failure[],
  texts: ReadonlyMap<string, string>,
  statements: readonly Statement[],
): Fix | undefined {
  const casts = failing.flatMap((each) => (each.kind === 'query' ? each.casts : []));
  if (casts.some(({ value, to }) => failsForWritten(graph, routine, statements, value, to))) return undefined;
  const insertions: Insertion[] = [];
  for (const each of failing) {
    const text = each.at === null ? undefined : texts.get(each.at.file);
    const mending = text === undefined ? [] : mendedPlace(graph, routine, each, text);
    if (mending.length === 0) return undefined;
    insertions.push(...mending);
  }
  const written = redefined(graph, routine, texts, insertions);
  const kinds = new Set(failing.map(({ kind }) => kind));
  const [kind] = kinds;
  const title = (kinds.size === 1 && kind !== undefined && TITLES.get(kind)) || 'Mend each of these places';
  return written === undefined ? undefined : { title, safety: 'review', sql: written };
}

const TITLES: ReadonlyMap<Failure['kind'], string> = new Map([
  ['query', 'Cast to the type that is wanted'],
  ['destination', 'Run the query for what it does, if nobody wants its rows (else give it INTO, or RETURN QUERY)'],
  ['end', 'Return the row'],
]);

function mendedPlace(graph: SchemaGraph, routine: Routine, failure: Failure, text: string): readonly Insertion[] {
  if (failure.at === null) return [];
  const { start, end } = failure.at;
  switch (failure.kind) {
    case 'query':
      return failure.casts.flatMap(({ value, to }) => castAround(value, typeText(to), text));
    case 'destination': {
      const word = /^select\b/i.exec(text.slice(start, end))?.[0];
      if (word === undefined) return [];
      return [{ at: start, end: start + word.length, text: word === 'SELECT' ? 'PERFORM' : 'perform' }];
    }
    case 'end': {
      const row = returnedRow(graph, routine);
      const isEnd = /^end$/i.test(text.slice(start, end));
      return row === undefined || !isEnd ? [] : [{ at: start, text: `  return ${row};\n` }];
    }
    default:
      return [];
  }
}

/** What lets the writes of all its triggers go on. */
function returnedRow(graph: SchemaGraph, routine: Routine): 'new' | 'old' | undefined {
  const events = graph.dependents(routine.id).flatMap((each) => (each.kind === 'trigger' ? each.events : []));
  if (events.length === 0) return undefined;
  if (events.every((each) => each === 'delete')) return 'old';
  return events.every((each) => each === 'insert' || each === 'update') ? 'new' : undefined;
}
