import type { EntityOf } from '../graph/entities/index.ts';
import type { Failure } from '../graph/names/failures.ts';
import { castAround, type Insertion, redefinition } from '../graph/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { typeText } from '../graph/type-ref.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

type Routine = EntityOf<'function'>;

/** The search_path that a function pins; empty for none and for ''. */
export function pinnedPath({ config }: Routine): string {
  const value = config.find(({ name }) => name === 'search_path')?.value ?? '';
  return value === '""' || value === "''" ? '' : value;
}

/** What mends all that fails in a body, where one statement can: the search_path, names that are to mean columns, or casts. */
export function mendedBody(
  graph: SchemaGraph,
  routine: Routine,
  failing: readonly Failure[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const names = failing.filter((each) => each.kind !== 'types');
  if (names.length < failing.length) return names.length === 0 ? castingFix(routine, failing, texts) : undefined;
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
  const isResult = names.every(({ kind, bare }) => kind === 'ambiguous' && results.includes(bare));
  const start = routine.body?.at?.start;
  if (!isResult || start === undefined) return undefined;
  const written = redefinition(routine, texts, [
    { at: start, text: `\n#variable_conflict use_column${/^\s*\n/.test(routine.body?.text ?? '') ? '' : '\n'}` },
  ]);
  return written === undefined ? undefined : { title: 'Let the names mean columns', safety: 'review', sql: written };
}

/** Every value that has the wrong type, cast to the one that is wanted. */
function castingFix(
  routine: Routine,
  failing: readonly Failure[],
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const insertions: Insertion[] = [];
  for (const each of failing) {
    const text = each.at === null ? undefined : texts.get(each.at.file);
    if (each.kind !== 'types' || each.casts.length === 0 || text === undefined) return undefined;
    insertions.push(...each.casts.flatMap(({ value, to }) => castAround(value, typeText(to), text)));
  }
  const written = redefinition(routine, texts, insertions);
  return written === undefined
    ? undefined
    : { title: 'Cast to the type that is wanted', safety: 'review', sql: written };
}
