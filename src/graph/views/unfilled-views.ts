import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type Refresh, refreshesOf } from './refreshes.ts';

/**
 * The functions that refresh a materialized view that was made WITH NO DATA, where all that does is CONCURRENTLY: Postgres refuses that until the view
 * has been filled once (ExecRefreshMatView(), src/backend/commands/matview.c). Empty where any text may refresh it otherwise, or puts such a statement
 * together when it runs.
 */
export function refusedRefreshes(
  graph: SchemaGraph,
  view: EntityOf<'materializedView'>,
  texts: ReadonlyMap<string, string>,
): readonly Refresh[] {
  if (view.isPopulated || view.isAssumed === true || graph.isDoubtful(view, ['existence'])) return [];
  const refreshes = refreshesOf(graph, view.id);
  if (!refreshes.every((each) => each.isConcurrent)) return [];
  return mayBeRefreshed(graph, view, texts, (isConcurrent) => !isConcurrent) ? [] : refreshes;
}

/**
 * Is there a REFRESH of the view in the text of a file or body, or one of which the name is not there to read: `'… view ' || name`,
 * `format('… view %I', name)`?
 * @param counts of those that name it, those that are CONCURRENTLY or not
 */
export function mayBeRefreshed(
  graph: SchemaGraph,
  view: EntityOf<'materializedView'>,
  texts: ReadonlyMap<string, string>,
  counts: (isConcurrent: boolean) => boolean,
): boolean {
  const name = view.name.name.toLowerCase();
  const bodies = graph.ofKind('function').map(({ body }) => body?.text ?? '');
  return [...texts.values(), ...bodies].some((text) =>
    [...text.matchAll(REFRESH)].some(([, concurrently, written = '']) => {
      const isThis = lastPart(written) === name && counts(concurrently !== undefined);
      return isThis || /['%]/.test(written);
    }),
  );
}

const REFRESH =
  /\brefresh\s+materialized\s+view\b(\s+concurrently\b)?\s*('|(?:"[^"]+"|[\p{L}\p{N}_$%]+)(?:\.(?:"[^"]+"|[\p{L}\p{N}_$%]+))*)?/giu;

function lastPart(written: string): string {
  return (written.split('.').at(-1) ?? '').replace(/"/g, '').toLowerCase();
}
