import { saidExtraPath } from '../graph/binding/api-path.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { schemasToPin } from '../graph/failures/schemas-to-pin.ts';
import { pinsPath } from '../graph/routines/pins-path.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

type Routine = EntityOf<'function'>;

/** Does the routine say itself which search_path it runs with, or find its names when it is made (BEGIN ATOMIC)? */
export function isFixedPath(routine: Routine): boolean {
  return pinsPath(routine) || routine.body?.atomic != null;
}

/** The schemas that calls have in their path today, with the temporary schema last instead of first; undefined where no path finds every name. */
export function usualSchemas(graph: SchemaGraph, routine: Routine): string | undefined {
  const schemas = schemasToPin(graph, routine);
  return schemas && [...schemas, 'pg_temp'].map(quoteIdentifier).join(', ');
}

/** The statement that gives a routine that path. */
export function pinnedUsualPath(graph: SchemaGraph, routine: Routine): string | undefined {
  const schemas = usualSchemas(graph, routine);
  if (schemas === undefined) return undefined;
  return sql`alter ${raw(routine.routine)} ${raw(graph.path(routine))} set search_path = ${raw(schemas)};`;
}

export function usualPathFix(graph: SchemaGraph, routine: Routine): Fix | undefined {
  const schemas = schemasToPin(graph, routine);
  const pinned = pinnedUsualPath(graph, routine);
  if (schemas === undefined || pinned === undefined) return undefined;
  return {
    title: `Pin the search_path to ${pathText(graph, schemas)}, pg_temp last (empty, with every name qualified, is safer still)`,
    safety: 'review',
    sql: pinned,
  };
}

function pathText(graph: SchemaGraph, schemas: readonly string[]): string {
  const said = saidExtraPath(graph);
  if (schemas.some((each) => !(said ?? USUAL).includes(each))) return 'the schemas that its names are found in';
  return said === undefined ? 'what it usually is' : 'that of the API';
}

const USUAL = ['public', 'extensions'];
