import type { EntityOf } from '../graph/entities/index.ts';
import { breakBefore } from '../graph/routines/redefinition.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { SourceLocation } from '../sql/location.ts';
import { quoteLiteral } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { brief } from './prose.ts';
import { redefined } from './redefined.ts';

/** The routine again, with a lock before this statement for which whoever looks at such rows of the table waits; by these values, as the body names them. */
export function lockedFirst(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  { table, counting }: { readonly table: EntityOf<'table'>; readonly counting: { readonly at: SourceLocation } },
  values: readonly string[],
  title: string,
  texts: ReadonlyMap<string, string>,
): Fix | undefined {
  const name = quoteLiteral(brief(table.name));
  const key = values.length === 0 ? name : `concat_ws(':', ${name}, ${values.join(', ')})`;
  const lock = `perform pg_advisory_xact_lock(hashtextextended(${key}, 0));`;
  const written = redefined(graph, routine, texts, [
    { at: counting.at.start, text: `${lock}${breakBefore(texts, counting.at)}` },
  ]);
  return written === undefined ? undefined : { title, safety: 'review', sql: written };
}
