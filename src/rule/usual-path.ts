import { saidExtraPath } from '../graph/binding/api-path.ts';
import type { EntityOf } from '../graph/entities/index.ts';
import { schemasToPin } from '../graph/failures/schemas-to-pin.ts';
import { ownTemporaryTables } from '../graph/routines/own-temporary-tables.ts';
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

type Rights = Routine['security'];

/**
 * The schemas that calls have in their path today, with the temporary schema last instead of first; undefined where no path finds every name.
 * @param rights that the routine is to run with
 */
export function usualSchemas(
  graph: SchemaGraph,
  routine: Routine,
  rights: Rights = routine.security,
): string | undefined {
  return usualPath(graph, routine, rights)?.map(quoteIdentifier).join(', ');
}

/**
 * Where the body makes temporary tables, pg_temp stays first, or a permanent table of their name would be taken for them. With the rights of the owner
 * it may not be: a caller's table would be taken for one of the owner's.
 */
function usualPath(graph: SchemaGraph, routine: Routine, rights: Rights): readonly string[] | undefined {
  const schemas = schemasToPin(graph, routine);
  const temporary = [...ownTemporaryTables(routine)];
  if (schemas === undefined) return undefined;
  if (temporary.length > 0 && rights === 'invoker') return [TEMPORARY, ...schemas];
  const isHidden = temporary.some((name) => schemas.some((schema) => graph.relation({ schema, name }) !== undefined));
  return isHidden ? undefined : [...schemas, TEMPORARY];
}

const TEMPORARY = 'pg_temp';

/** The statement that gives a routine that path. */
export function pinnedUsualPath(graph: SchemaGraph, routine: Routine): string | undefined {
  const schemas = usualSchemas(graph, routine);
  if (schemas === undefined) return undefined;
  return sql`alter ${raw(routine.routine)} ${raw(graph.path(routine))} set search_path = ${raw(schemas)};`;
}

export function usualPathFix(graph: SchemaGraph, routine: Routine): Fix | undefined {
  const path = usualPath(graph, routine, routine.security);
  const pinned = pinnedUsualPath(graph, routine);
  if (path === undefined || pinned === undefined) return undefined;
  const where = path[0] === TEMPORARY ? 'pg_temp first, for the temporary tables that the body makes' : 'pg_temp last';
  const schemas = path.filter((each) => each !== TEMPORARY);
  return {
    title: `Pin the search_path to ${pathText(graph, schemas)}, ${where} (empty, with every name qualified, is safer still)`,
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
