import type { EntityOf } from '../graph/entities/index.ts';
import { pinsPath } from '../graph/routines/pins-path.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import type { Fix } from './finding.ts';
import { isQualifiedWhole } from './questions.ts';
import { raw, sql } from './sql.ts';
import { usualSchemas } from './usual-path.ts';

/** SECURITY DEFINER, with the path pinned where it is not yet; undefined where no path finds every name. */
export function ownersRights(graph: SchemaGraph, routine: EntityOf<'function'>): Fix | undefined {
  const path = isQualifiedWhole(graph, routine) ? `''` : usualSchemas(graph, routine, 'definer');
  if (path === undefined && !pinsPath(routine)) return undefined;
  return {
    title: 'Run it with the rights of its owner',
    safety: 'review',
    sql: sql`alter function ${raw(graph.path(routine))} security definer${raw(pinsPath(routine) ? '' : ` set search_path = ${path}`)};`,
  };
}
