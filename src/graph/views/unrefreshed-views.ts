import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { Statement } from '../journal.ts';
import { opaqueRoutines, queriesInSchema } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { refreshesOf } from './refreshes.ts';
import { mayBeRefreshed } from './unfilled-views.ts';

type View = EntityOf<'materializedView'>;

/**
 * Does nothing in the files refresh a materialized view that was filled when it was made? True only where no text of them, a comment included, names it in
 * a REFRESH or puts one together, and no routine runs a text that it is given. What ran before the view was made refreshed another of its name.
 */
export function isNeverRefreshed(
  graph: SchemaGraph,
  view: View,
  texts: ReadonlyMap<string, string>,
  statements: readonly Statement[],
): boolean {
  if (!view.isPopulated || view.isAssumed === true || graph.isDoubtful(view, ['existence'])) return false;
  if (
    refreshesOf(graph, view.id).length > 0 ||
    mayBeRefreshed(graph, view, withoutEarlier(view, texts, statements), () => true)
  )
    return false;
  return !opaqueRoutines(graph).some(
    ({ unread, dynamic }) =>
      unread.length > 0 || dynamic.some((each) => each.constant === null && each.unquoted.length > 0),
  );
}

/** The texts without the REFRESH statements and DO blocks that had run when the view was made; a job that one of these planned goes on. */
function withoutEarlier(
  { origin }: View,
  texts: ReadonlyMap<string, string>,
  statements: readonly Statement[],
): ReadonlyMap<string, string> {
  if (origin.from !== 'statement') return texts;
  const made = statements.findLastIndex(({ at }) => at.file === origin.at.file && at.start === origin.at.start);
  const left = new Map(texts);
  for (const { kind, at } of statements.slice(0, Math.max(made, 0))) {
    const text = left.get(at.file);
    if (text === undefined || (kind !== 'RefreshMatViewStmt' && kind !== 'DoStmt')) continue;
    const own = text.slice(at.start, at.end);
    if (!/\bcron\b/i.test(own))
      left.set(at.file, text.slice(0, at.start) + ' '.repeat(own.length) + text.slice(at.end));
  }
  return left;
}

/** The tables that a view reads, also through others. */
export function tablesBehind(graph: SchemaGraph, view: View | EntityOf<'view'>): readonly EntityOf<'table'>[] {
  const tables = new Set<EntityOf<'table'>>();
  const known = new Set<EntityId>();
  const follow = (each: View | EntityOf<'view'>): void => {
    if (known.has(each.id)) return;
    known.add(each.id);
    for (const { kind, target } of each.query.references) {
      const read = kind === 'relation' ? graph.find(target) : undefined;
      if (read?.kind === 'table') tables.add(read);
      if (read?.kind === 'view' || read?.kind === 'materializedView') follow(read);
    }
  };
  follow(view);
  return [...tables];
}

/** Does anything of the schema read it? */
export function isReadInSchema(graph: SchemaGraph, view: View): boolean {
  return queriesInSchema(graph).some(({ query }) => query.sources.some(({ relation }) => relation === view.id));
}
