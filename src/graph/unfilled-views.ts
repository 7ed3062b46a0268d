import type { EntityOf } from './entities/index.ts';
import { type Refresh, refreshesOf } from './refreshes.ts';
import type { SchemaGraph } from './schema-graph.ts';

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
  const bodies = graph.ofKind('function').map(({ body }) => body?.text ?? '');
  return [...texts.values(), ...bodies].some((text) => mayFill(text, view.name.name)) ? [] : refreshes;
}

/** `refresh materialized view v`, or one of which the name is not there to read: `'… view ' || name`, `format('… view %I', name)`. */
function mayFill(text: string, name: string): boolean {
  return [...text.matchAll(REFRESH)].some(([, concurrently, written = '']) => {
    const isThis = concurrently === undefined && lastPart(written) === name.toLowerCase();
    return isThis || /['%]/.test(written);
  });
}

const REFRESH =
  /\brefresh\s+materialized\s+view\b(\s+concurrently\b)?\s*('|(?:"[^"]+"|[\p{L}\p{N}_$%]+)(?:\.(?:"[^"]+"|[\p{L}\p{N}_$%]+))*)?/giu;

function lastPart(written: string): string {
  return (written.split('.').at(-1) ?? '').replace(/"/g, '').toLowerCase();
}
