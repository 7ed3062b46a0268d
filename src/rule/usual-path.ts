import type { EntityOf } from '../graph/entities/index.ts';
import { pinsPath } from '../graph/routines/pins-path.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Fix } from './finding.ts';
import { raw, sql } from './sql.ts';

type Routine = EntityOf<'function'>;

/** Does the routine say itself which search_path it runs with, or find its names when it is made (BEGIN ATOMIC)? */
export function isFixedPath(routine: Routine): boolean {
  return pinsPath(routine) || routine.body?.atomic != null;
}

/** The schemas that calls have in their path today, with the temporary schema last instead of first. */
export function usualSchemas(graph: SchemaGraph): string {
  return graph.global('schema', 'extensions') === undefined ? 'public, pg_temp' : 'public, extensions, pg_temp';
}

/** The statement that gives a routine that path. */
export function pinnedUsualPath(graph: SchemaGraph, routine: Routine): string {
  return sql`alter ${raw(routine.routine)} ${raw(graph.path(routine))} set search_path = ${raw(usualSchemas(graph))};`;
}

export function usualPathFix(graph: SchemaGraph, routine: Routine): Fix {
  return {
    title: 'Pin the search_path to what it usually is, pg_temp last (empty, with every name qualified, is safer still)',
    safety: 'review',
    sql: pinnedUsualPath(graph, routine),
  };
}
