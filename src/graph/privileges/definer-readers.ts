import { callerTests } from '../caller/caller-tests.ts';
import { givesValues } from '../entities/function-entity.ts';
import type { EntityOf } from '../entities/index.ts';
import { routineDeeds } from '../query-shapes/routine-deeds.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import { isNamedInBody } from '../routines/function-body.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { apiCallers } from './api-calls.ts';
import { isUnderRowSecurity } from './privilege-questions.ts';

type Routine = EntityOf<'function'>;

/**
 * The SECURITY DEFINER functions by which clients read a view with the rights of an owner whom the policies of these tables do not limit, and that do not
 * ask who calls. What such a function reads, it reads past the policies also when the view is a security_invoker view. A function counts as well that
 * names the view and puts its SQL together itself.
 */
export function definerReaders(
  graph: SchemaGraph,
  view: EntityOf<'view'>,
  tables: readonly EntityOf<'table'>[],
  settings: Parameters<typeof apiCallers>[2],
): readonly Routine[] {
  return userRoutines(graph).filter(
    (routine) =>
      routine.security === 'definer' &&
      apiCallers(graph, routine, settings).length > 0 &&
      tables.some((table) => !isUnderRowSecurity(graph, routine.owner, table)) &&
      isReading(graph, routine, view) &&
      givesValues(routine) &&
      callerTests(graph, routine).asks === false,
  );
}

function isReading(graph: SchemaGraph, routine: Routine, view: EntityOf<'view'>): boolean {
  if (routineDeeds(graph, routine).reads.includes(view.id)) return true;
  const isPuttingTogether = routineShape(graph, routine).dynamic.some(({ constant }) => constant === null);
  return isPuttingTogether && isNamedInBody(routine, view.name.name);
}
