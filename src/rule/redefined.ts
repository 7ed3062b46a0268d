import type { EntityOf } from '../graph/entities/index.ts';
import { type Insertion, redefinition } from '../graph/routines/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { SourceLocation } from '../sql/location.ts';
import { isFixedPath, pinnedUsualPath } from './usual-path.ts';

/** Around a statement of a body: it is run only under the condition. */
export function onlyIf({ start, end }: SourceLocation, condition: string): readonly Insertion[] {
  return [
    { at: start, text: `if ${condition} then ` },
    { at: end, text: '; end if' },
  ];
}

/**
 * The routine again, with pieces of text put into its body. CREATE OR REPLACE takes away what ALTER FUNCTION set (docs, CREATE FUNCTION), so that one with the
 * rights of its owner that has no search_path of its own gets it here: run after the fix of definer-without-search-path, this would undo that one.
 */
export function redefined(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  texts: ReadonlyMap<string, string>,
  insertions: readonly Insertion[],
): string | undefined {
  const written = redefinition(routine, texts, insertions);
  if (written === undefined || routine.security !== 'definer' || isFixedPath(routine)) return written;
  const pinned = pinnedUsualPath(graph, routine);
  return pinned === undefined ? written : `${written}\n${pinned}`;
}
