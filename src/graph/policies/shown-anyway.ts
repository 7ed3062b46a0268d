import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { ApiCaller } from '../privileges/api-calls.ts';
import { mayTable } from '../privileges/privilege-questions.ts';
import { definitionsIn } from '../query-shapes/definitions-in.ts';
import { routineDeeds } from '../query-shapes/routine-deeds.ts';
import { routineShape } from '../query-shapes/routine-shape.ts';
import { settingsSet } from '../routines/settings-set.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { refreshedBy } from '../views/refreshes.ts';
import { seesEveryRow } from './open-reading.ts';

/** May each of them read all of it: every row, by grants and policies? */
export function mayAllRead(graph: SchemaGraph, callers: readonly ApiCaller[], id: EntityId): boolean {
  const table = graph.find(id);
  // It has no row security: whoever may read it reads all of it.
  if (table?.kind === 'materializedView') return callers.every(({ role }) => mayTable(graph, role, table, 'r'));
  // A right on some of its columns is not enough.
  const seesAll = (each: ApiCaller, from: EntityOf<'table'>) =>
    mayTable(graph, each.role, from, 'r') && seesEveryRow(graph, each, from) === true;
  return table?.kind === 'table' && callers.every((each) => seesAll(each, table));
}

/** Does the routine surely do no more than read what each of them may read anyway? Not where it calls functions of the user's. */
export function isShownAnyway(
  graph: SchemaGraph,
  routine: EntityOf<'function'>,
  callers: readonly ApiCaller[],
): boolean {
  const { isWhole, calls } = routineShape(graph, routine);
  const { writes, writesUnknown, reads } = routineDeeds(graph, routine);
  if (!isWhole || writes.length > 0 || writesUnknown.length > 0 || reads.length === 0) return false;
  const callsUsers = calls.some((id) => {
    const called = graph.find(id);
    return called === undefined || isUsersOwn(graph, called);
  });
  const doesMore = [definitionsIn(routine), settingsSet(graph, routine), refreshedBy(graph, routine)];
  return (
    !callsUsers && doesMore.every(({ length }) => length === 0) && reads.every((id) => mayAllRead(graph, callers, id))
  );
}
