import type { EntityOf } from '../entities/index.ts';
import type { RowCommand } from '../policies/row-security.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { userRoutines } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { apiCallers } from './api-calls.ts';

/** The SECURITY DEFINER functions by which one of these client roles does one of the commands to the rows of a table, without the right to it. */
export function definerWriters(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  commands: readonly RowCommand[],
  settings: Parameters<typeof apiCallers>[2],
): readonly EntityOf<'function'>[] {
  const isAsked = (kind: string) => commands.some((each) => each === kind);
  return userRoutines(graph).filter(
    (routine) =>
      routine.security === 'definer' &&
      routineShape(graph, routine).queries.some(({ writes }) =>
        writes.some(({ kind, relation }) => relation === table.id && isAsked(kind)),
      ) &&
      apiCallers(graph, routine, settings).length > 0,
  );
}
